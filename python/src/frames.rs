//! The Python frames of a thread: what is being done where it happens to be.

use pyo3::ffi;
use pyo3::intern;
use pyo3::prelude::*;
use pyo3::types::{PyString, PyTuple};

use crate::present;

/// The innermost frame; `None` where no Python code runs.
pub(crate) fn innermost(py: Python<'_>) -> Option<Bound<'_, PyAny>> {
    // SAFETY: borrowed from the running thread, or null.
    unsafe { Bound::from_borrowed_ptr_or_opt(py, ffi::PyEval_GetFrame().cast()) }
}

/// From the innermost frame outwards.
pub(crate) fn outwards(py: Python<'_>) -> impl Iterator<Item = Bound<'_, PyAny>> {
    outwards_from(innermost(py))
}

fn outwards_from(frame: Option<Bound<'_, PyAny>>) -> impl Iterator<Item = Bound<'_, PyAny>> {
    std::iter::successors(frame, |frame| {
        frame.getattr(intern!(frame.py(), "f_back")).ok().filter(|back| !back.is_none())
    })
}

/// Those of another thread, as they are in this moment.
pub(crate) fn of_thread(py: Python<'_>, thread: u64) -> impl Iterator<Item = Bound<'_, PyAny>> {
    outwards_from(of_all_threads(py).and_then(|all| all.get_item(thread).ok()))
}

/// By the threads' identifiers. While the interpreter makes that, it holds a lock for which threads wait that have the interpreter
/// lock; up to CPython 3.11 a garbage collection could begin meanwhile, give the latter away, and hang for ever
/// (<https://github.com/python/cpython/issues/106883>). So there is none.
pub(crate) fn of_all_threads(py: Python<'_>) -> Option<Bound<'_, PyAny>> {
    let function = present::of_sys(intern!(py, "_current_frames"))?;
    // SAFETY: with the interpreter lock, which nobody else gets meanwhile: the function runs no Python code.
    let was_enabled = unsafe { ffi::PyGC_Disable() } != 0;
    let all = function.call0();
    if was_enabled {
        // SAFETY: as above.
        unsafe { ffi::PyGC_Enable() };
    }
    all.ok()
}

fn code<'py>(frame: &Bound<'py, PyAny>) -> Bound<'py, PyAny> {
    // SAFETY: a frame, as both above give them; a new reference, never null.
    unsafe { Bound::from_owned_ptr(frame.py(), ffi::PyFrame_GetCode(frame.as_ptr().cast()).cast()) }
}

/// Is it a call of a function of this name?
pub(crate) fn is_call_of(frame: &Bound<'_, PyAny>, name: &Bound<'_, PyString>) -> bool {
    // Both are interned, mostly.
    let found = code(frame).getattr(intern!(frame.py(), "co_name"));
    found.is_ok_and(|found| found.is(name) || found.eq(name).unwrap_or(false))
}

/// Is its code in a module that this is true of?
pub(crate) fn is_in_module(frame: &Bound<'_, PyAny>, is_it: impl FnOnce(&str) -> bool) -> bool {
    let py = frame.py();
    let module = frame.getattr(intern!(py, "f_globals")).and_then(|names| names.get_item(intern!(py, "__name__")));
    module.is_ok_and(|module| module.extract::<&str>().is_ok_and(is_it))
}

/// Does it look like the callback of a weak reference, which has been called with what is dead? What that raises is only printed.
pub(crate) fn is_weak_callback(frame: &Bound<'_, PyAny>) -> bool {
    let has_dead_argument = || -> PyResult<bool> {
        let py = frame.py();
        let code = code(frame);
        let count = code.getattr(intern!(py, "co_argcount"))?.extract()?;
        if count == 0 {
            return Ok(false);
        }
        let names = code.getattr(intern!(py, "co_varnames"))?.cast_into::<PyTuple>()?;
        let locals = frame.getattr(intern!(py, "f_locals"))?;
        let reference = py.import(intern!(py, "_weakref"))?.getattr(intern!(py, "ref"))?;
        for name in names.iter().take(count) {
            let Ok(value) = locals.get_item(name) else { continue };
            if value.is_instance(&reference)? && value.call0()?.is_none() {
                return Ok(true);
            }
        }
        Ok(false)
    };
    has_dead_argument().unwrap_or(false)
}
