//! `ShutdownProtection`, the type, by the interpreter's C interface.
//!
//! Made by hand, since entering and leaving a block is what this package is measured by: PyO3's own frame around a method that
//! does nothing costs as much as all that a block has to do. What is here is only that frame: a type, its slots, and the way
//! from C arguments to [`Entry`]. Each function runs with the interpreter lock, which is also the lock of the object: this is not for
//! free-threaded builds.

use std::mem::ManuallyDrop;
use std::ptr;
use std::sync::atomic::AtomicPtr;

use pyo3::ffi::PyObject;
use pyo3::prelude::*;
use pyo3::types::PyString;

use crate::entry::Entry;
use crate::owner;

mod arguments;
mod definition;
mod life;
mod methods;
mod shown;
mod vectorcall;

use arguments::Asked;
pub(crate) use definition::add;

/// The object: as large as the type says, zeroed by the interpreter, then written by `new`.
#[repr(C)]
struct Object {
    head: PyObject,
    inner: ManuallyDrop<Inner>,
}

struct Inner {
    asked: Asked,
    /// The block that is open through this object, mostly the only one.
    first: Option<Entry>,
    /// Those that were entered while it was open: innermost last.
    /// In boxes: one that waits stays where it is while others come and go.
    #[allow(clippy::vec_box, reason = "their addresses stay")]
    rest: Vec<Box<Entry>>,
}

impl Inner {
    /// Makes a new object's.
    ///
    /// # Safety
    ///
    /// An object of our type whose `inner` was not written yet.
    #[inline]
    unsafe fn write(object: *mut PyObject, asked: Asked) {
        let inner = Self { asked, first: None, rest: Vec::new() };
        // SAFETY: the caller's.
        unsafe { ptr::write(&raw mut (*object.cast::<Object>()).inner, ManuallyDrop::new(inner)) };
    }

    /// Where all is calm, and no other block is open through it.
    #[inline]
    fn enter_calmly(&mut self, py: Python<'_>, tag: *const ()) -> bool {
        if self.first.is_some() {
            return false;
        }
        let entry = Entry::start_calmly(py, &self.asked.kind(), tag);
        let has_started = entry.is_some();
        // SAFETY: what is there is `None`, which need not be dropped.
        unsafe { ptr::write(&raw mut self.first, entry) };
        has_started
    }

    #[cold]
    #[inline(never)]
    fn enter(&mut self, py: Python<'_>, tag: *const ()) -> PyResult<()> {
        let kind = self.asked.kind();
        let entry = Entry::start_calmly(py, &kind, tag).map_or_else(|| Entry::start(py, &kind, tag), Ok)?;
        match &mut self.first {
            place @ None => *place = Some(entry),
            Some(_) => self.rest.push(Box::new(entry)),
        }
        Ok(())
    }

    /// Is no block open through it?
    fn is_idle(&self) -> bool {
        self.first.is_none() && self.rest.is_empty()
    }

    /// The innermost block that the caller has open through this object; else the innermost of all.
    fn innermost(&mut self, py: Python<'_>) -> Option<&mut Entry> {
        if self.rest.is_empty() {
            return self.first.as_mut();
        }
        let owner = owner::current(py);
        match self.rest.iter().rposition(|entry| entry.is_of(owner)) {
            Some(index) => self.rest.get_mut(index).map(Box::as_mut),
            None if self.first.as_ref().is_some_and(|entry| entry.is_of(owner)) => self.first.as_mut(),
            None => self.rest.last_mut().map(Box::as_mut),
        }
    }

    /// Takes it out.
    fn take_innermost(&mut self, py: Python<'_>) -> Option<Entry> {
        if self.rest.is_empty() {
            return self.first.take();
        }
        let owner = owner::current(py);
        if let Some(index) = self.rest.iter().rposition(|entry| entry.is_of(owner)) {
            return Some(*self.rest.remove(index));
        }
        if self.first.as_ref().is_some_and(|entry| entry.is_of(owner)) {
            return self.first.take();
        }
        self.rest.pop().map(|entry| *entry)
    }

    /// The common case: one block, all calm. It is ended where it lies.
    #[inline]
    fn exit_calmly(&mut self) -> bool {
        if !self.rest.is_empty() || !self.first.as_mut().is_some_and(Entry::end_calmly) {
            return false;
        }
        if let Some(entry) = self.first.take() {
            entry.forget_ended();
        }
        true
    }

    #[cold]
    #[inline(never)]
    fn exit(&mut self, py: Python<'_>, error: Option<&Bound<'_, PyAny>>) -> PyResult<()> {
        if self.exit_calmly() {
            return Ok(());
        }
        let Some(entry) = self.take_innermost(py) else { return Ok(()) };
        entry.end_slowly(py, error)
    }
}

/// # Safety
///
/// `object` is an instance of our type that `new` has made, and the interpreter lock is held.
unsafe fn inner<'a>(object: *mut PyObject) -> &'a mut Inner {
    // SAFETY: the caller's. No two of these references are used at a time: where Python code may run meanwhile, the callers
    // do not touch theirs behind it.
    unsafe { &mut (*object.cast::<Object>()).inner }
}

/// Runs `work`; an error becomes Python's, and `failed` the answer.
fn guarded<T>(failed: T, work: impl FnOnce(Python<'_>) -> PyResult<T>) -> T {
    // SAFETY: every slot is called with the interpreter lock.
    let py = unsafe { Python::assume_attached() };
    work(py).unwrap_or_else(|error| {
        error.restore(py);
        failed
    })
}

/// What `open_blocks()` shows of an object: its name, and the code that entered it.
///
/// # Safety
///
/// The tag of an open block, with the interpreter lock: an object ends its blocks before it goes.
pub(crate) unsafe fn described<'py>(
    py: Python<'py>,
    tag: *const (),
) -> (Option<Bound<'py, PyString>>, Option<Bound<'py, PyAny>>) {
    // SAFETY: the caller's.
    let this = unsafe { inner(tag.cast_mut().cast()) };
    let name = this.asked.name.as_ref().map(|name| name.bind(py).clone());
    let entry = this.first.as_ref().or(this.rest.last().map(Box::as_ref));
    // SAFETY: the entry's own reference, or null.
    let code = entry.and_then(|entry| unsafe { Bound::from_borrowed_ptr_or_opt(py, entry.code()) });
    (name, code)
}

static TYPE: AtomicPtr<PyObject> = AtomicPtr::new(ptr::null_mut());
