//! The arguments of `ShutdownProtection`, as C gives them.

use std::time::Duration;

use pyo3::exceptions::{PyTypeError, PyValueError};
use pyo3::ffi::{self, Py_ssize_t, PyObject};
use pyo3::prelude::*;
use pyo3::types::{PyDict, PyString, PyTuple};
use shutdown_protection::face::Kind;

use crate::seconds;

/// What the blocks of an object are to be.
#[derive(Default)]
pub(super) struct Asked {
    pub(super) time: Option<Duration>,
    pub(super) drain: bool,
    pub(super) run_at_exit: bool,
    pub(super) name: Option<Py<PyString>>,
    /// Where a time is named: made once.
    pub(super) kind: Option<Kind>,
}

impl Asked {
    /// If this argument is a plain number of seconds.
    ///
    /// # Safety
    ///
    /// A valid object, with the interpreter lock.
    #[inline]
    pub(super) unsafe fn plain(seconds: *mut PyObject) -> Option<Self> {
        // SAFETY: the caller's.
        let time = unsafe { seconds::plain(seconds)? };
        let kind = Some(Kind::new(Some(time), false, false));
        Some(Self { time: Some(time), kind, ..Self::default() })
    }

    #[inline]
    pub(super) fn kind(&self) -> Kind {
        match self.kind {
            Some(kind) => kind,
            None => Kind::new(None, false, self.run_at_exit),
        }
    }

    /// Sets an attribute of the object; `None`: as an argument that was not given.
    pub(super) fn set_time(&mut self, time: Option<Duration>) -> PyResult<()> {
        match time {
            Some(_) if self.drain => return Err(not_both()),
            None if self.drain => {}
            time => self.time = time,
        }
        self.set_run_at_exit(self.run_at_exit);
        Ok(())
    }

    pub(super) fn set_run_at_exit(&mut self, run_at_exit: bool) {
        self.run_at_exit = run_at_exit;
        self.kind = self.time.map(|time| Kind::new(Some(time), self.drain, run_at_exit));
    }

    pub(super) fn copied(&self, py: Python<'_>) -> Self {
        Self { name: self.name.as_ref().map(|name| name.clone_ref(py)), ..*self }
    }
}

const NAMES: [&str; 4] = ["max_exec_time", "run_at_exit", "name", "drain_time"];

fn not_both() -> PyErr {
    PyValueError::new_err("a block has a max_exec_time or a drain_time, not both")
}

fn parse(args: &Bound<'_, PyTuple>, keywords: Option<&Bound<'_, PyDict>>) -> PyResult<Asked> {
    let mut found: [Option<Bound<'_, PyAny>>; 4] = [const { None }; 4];
    if args.len() > 2 {
        return Err(PyTypeError::new_err(format!(
            "ShutdownProtection() takes at most 2 positional arguments, not {}",
            args.len()
        )));
    }
    for (place, value) in found.iter_mut().zip(args.iter()) {
        *place = Some(value);
    }
    if let Some(keywords) = keywords {
        for (name, value) in keywords.iter() {
            let name = name.cast_into::<PyString>()?;
            let name = name.to_string_lossy();
            let index = NAMES.iter().position(|known| *known == name);
            let place = index.and_then(|index| found.get_mut(index)).ok_or_else(|| {
                PyTypeError::new_err(format!("ShutdownProtection() got an unexpected keyword argument {name:?}"))
            })?;
            if place.is_some() {
                return Err(PyTypeError::new_err(format!("ShutdownProtection() got two values for {name}")));
            }
            *place = Some(value);
        }
    }
    let [time, run_at_exit, name, drain] = found.map(|value| value.filter(|value| !value.is_none()));
    let run_at_exit = run_at_exit.map_or(Ok(false), |value| value.is_truthy())?;
    let name = name
        .map(|value| {
            value
                .cast_into::<PyString>()
                .map_err(|error| seconds::refused::<PyTypeError>(&error.into_inner(), "name must be a string"))
        })
        .transpose()?
        .map(Bound::unbind);
    let drain_time = drain.map(|value| seconds::positive("drain_time", &value)).transpose()?;
    let time = time.map(|value| seconds::positive("max_exec_time", &value)).transpose()?;
    if drain_time.is_some() && time.is_some() {
        return Err(not_both());
    }
    let drain = drain_time.is_some();
    let time = drain_time.or(time);
    let kind = time.map(|time| Kind::new(Some(time), drain, run_at_exit));
    Ok(Asked { time, drain, run_at_exit, name, kind })
}

/// # Safety
///
/// A tuple, and a dict or null.
pub(super) unsafe fn from_arguments(py: Python<'_>, args: *mut PyObject, keywords: *mut PyObject) -> PyResult<Asked> {
    // SAFETY: the caller's.
    unsafe {
        // The common case: one plain number.
        if keywords.is_null() && ffi::PyTuple_Size(args) == 1 {
            let seconds = ffi::PyTuple_GetItem(args, 0);
            if let Some(time) = seconds::plain(seconds) {
                let kind = Some(Kind::new(Some(time), false, false));
                return Ok(Asked { time: Some(time), kind, ..Asked::default() });
            }
        }
        let args = Borrowed::from_ptr(py, args);
        let keywords = Bound::from_borrowed_ptr_or_opt(py, keywords);
        let args = args.cast_unchecked::<PyTuple>();
        let keywords = keywords.as_ref().map(|keywords| keywords.cast_unchecked::<PyDict>());
        parse(&args, keywords)
    }
}

/// One optional argument, by place or by this name.
///
/// # Safety
///
/// As METH_FASTCALL | METH_KEYWORDS gives them.
pub(super) unsafe fn only_argument<'py>(
    py: Python<'py>,
    function: &str,
    name: &str,
    args: *const *mut PyObject,
    count: Py_ssize_t,
    keywords: *mut PyObject,
) -> PyResult<Option<Bound<'py, PyAny>>> {
    // SAFETY: the caller's.
    unsafe {
        let named = if keywords.is_null() { 0 } else { ffi::PyTuple_Size(keywords) };
        if count + named > 1 {
            return Err(PyTypeError::new_err(format!("{function}() takes at most 1 argument, not {}", count + named)));
        }
        if named == 1 {
            let given = Borrowed::from_ptr(py, ffi::PyTuple_GetItem(keywords, 0));
            let given = given.cast_unchecked::<PyString>();
            let given = given.to_string_lossy();
            if given != name {
                return Err(PyTypeError::new_err(format!("{function}() got an unexpected keyword argument {given:?}")));
            }
        }
        Ok(if count + named == 1 { Some(Bound::from_borrowed_ptr(py, *args)) } else { None })
    }
}
