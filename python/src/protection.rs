//! `ShutdownProtection`, the type, by the interpreter's C interface.
//!
//! Made by hand, since entering and leaving a block is what this package is measured by: PyO3's own frame around a method that
//! does nothing costs as much as all that a block has to do. What is here is only that frame: a type, its slots, and the way
//! from C arguments to [`Entries`]. Any thread may come to an object at any time: what it has is behind a [`Lock`].

use std::mem::ManuallyDrop;
use std::ptr;
use std::sync::atomic::AtomicPtr;

use pyo3::ffi::PyObject;
use pyo3::prelude::*;
use pyo3::types::PyString;

use crate::entry::{Entries, Like};
use crate::lock::Lock;

mod arguments;
mod definition;
mod life;
mod looking;
mod methods;
mod shown;
mod vectorcall;

use arguments::Asked;
pub(crate) use definition::add;
pub(crate) use looking::looking;

/// The object: as large as the type says, zeroed by the interpreter, then written by `new`.
#[repr(C)]
struct Object {
    head: PyObject,
    inner: ManuallyDrop<Inner>,
}

struct Inner {
    asked: Lock<Asked>,
    entries: Entries,
}

impl Inner {
    /// What its blocks are to be like.
    #[inline]
    fn like(&self, py: Python<'_>, object: *mut PyObject) -> Like {
        Like { kind: self.asked.with(py, |asked| asked.kind()), tag: object.cast_const().cast() }
    }
}

/// # Safety
///
/// `object` is an instance of our type that `new` has made, and lives as long as it is used here.
unsafe fn inner<'a>(object: *mut PyObject) -> &'a Inner {
    // SAFETY: the caller's.
    unsafe { &(*object.cast::<Object>()).inner }
}

/// Runs `work` in a thread that the interpreter has called. PyO3 is told so: a reference that is dropped where it does not know
/// it, as that of an error, it keeps until it does, and a program that only uses blocks would never free one.
///
/// Not where a thread may leave the interpreter: a daemon thread that does, while it is finalized, never comes back, and what
/// takes its stack apart (`pthread_exit`, CPython before 3.14) would end a stay that is over.
pub(crate) fn attached<T>(work: impl FnOnce(Python<'_>) -> T) -> T {
    // SAFETY: every slot and callback of the interpreter is called by a thread that is in it, so nothing is initialized or waited
    // for here, nor refused while it is finalized.
    unsafe { Python::attach_unchecked(work) }
}

/// Runs `work`; an error becomes Python's, and `failed` the answer.
fn guarded<T>(failed: T, work: impl FnOnce(Python<'_>) -> PyResult<T>) -> T {
    // SAFETY: every slot is called by a thread that is in the interpreter.
    raising(unsafe { Python::assume_attached() }, failed, work)
}

/// As [`guarded`], where errors are dropped, too: see [`attached`].
fn guarded_and_known<T>(failed: T, work: impl FnOnce(Python<'_>) -> PyResult<T>) -> T {
    attached(|py| raising(py, failed, work))
}

fn raising<T>(py: Python<'_>, failed: T, work: impl FnOnce(Python<'_>) -> PyResult<T>) -> T {
    work(py).unwrap_or_else(|error| {
        error.restore(py);
        failed
    })
}

/// What `open_blocks()` shows of an object: its name, and the code that entered it. Runs no code of Python's.
///
/// # Safety
///
/// The tag of an open block, [while looking](looking).
pub(crate) unsafe fn described(py: Python<'_>, tag: *const ()) -> (Option<Py<PyString>>, Option<Py<PyAny>>) {
    // SAFETY: the caller's.
    let this = unsafe { inner(tag.cast_mut().cast()) };
    let name = this.asked.with(py, |asked| asked.name.as_ref().map(|name| name.clone_ref(py)));
    (name, this.entries.code(py))
}

static TYPE: AtomicPtr<PyObject> = AtomicPtr::new(ptr::null_mut());
