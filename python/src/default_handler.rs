//! Reaching a main thread in which none of our handlers in Python stands: it has not run since the first block was started in
//! another thread; or it has restored the handlers while a shutdown was pending.
//!
//! Only the main thread can install a handler in Python; and if it sleeps in `time.sleep`, a read or a `select`, the only thing
//! that it runs when a signal wakes it are handlers in Python that stand already. `SIGINT` has one: the interpreter's own
//! `signal.default_int_handler`, which would raise `KeyboardInterrupt`, whatever the event. So until ours stand, the
//! function that this object calls is ours, which does for us what the main thread has to do, and for others what it always did.
//!
//! That the object is laid out as CPython's headers say (`PyCFunctionObject`) is checked against what the stable interface
//! tells of it; where it is not, nothing is borrowed, and such a main thread is reached when its call returns.

use std::ffi::c_void;
use std::ptr;
use std::sync::atomic::{AtomicBool, AtomicPtr, Ordering};

use pyo3::ffi::{self, Py_ssize_t, PyMethodDef, PyObject};
use pyo3::prelude::*;
use shutdown_protection::{ShutdownEvent as Event, face};

use crate::protection::attached;
use crate::quiet::{self, quietly};
use crate::{interpreter, signals, turn};

/// The beginning of CPython's `PyCFunctionObject`.
#[repr(C)]
struct Function {
    head: PyObject,
    definition: *mut PyMethodDef,
}

/// What `default_int_handler` is by itself, while ours is in its place; else null.
static ORIGINAL: AtomicPtr<PyMethodDef> = AtomicPtr::new(ptr::null_mut());

fn is_borrowed() -> bool {
    !ORIGINAL.load(Ordering::SeqCst).is_null()
}

/// Is it borrowed to be tripped by us?
pub(crate) fn wakes_main() -> bool {
    is_borrowed() && !KEEPS.load(Ordering::SeqCst)
}

fn object(py: Python<'_>) -> PyResult<Bound<'_, PyAny>> {
    py.import("_signal")?.getattr("default_int_handler")
}

/// Puts our function in its place.
pub(crate) fn borrow(py: Python<'_>) -> PyResult<()> {
    let object = object(py)?;
    // SAFETY: asked of any object, the functions answer or set an error, which is cleared.
    let (function, flags) = unsafe {
        let function = ffi::PyCFunction_GetFunction(object.as_ptr());
        let flags = ffi::PyCFunction_GetFlags(object.as_ptr());
        ffi::PyErr_Clear();
        (function, flags)
    };
    let place = object.as_ptr().cast::<Function>();
    // SAFETY: a function of C, as the answers say, is at least as large; that the second word is its definition is checked by
    // what is read there: flags and function are those that were answered. Replaced with the interpreter lock.
    unsafe {
        let definition = (*place).definition;
        let is_known = function.is_some() && flags == ffi::METH_FASTCALL && !definition.is_null();
        if !is_known || is_borrowed() || (*definition).ml_flags != flags {
            return Ok(());
        }
        if address((*definition).ml_meth) != function.map_or(0, |function| function as usize) {
            return Ok(());
        }
        ORIGINAL.store(definition, Ordering::SeqCst);
        let ours = Box::leak(Box::new(PyMethodDef {
            ml_name: (*definition).ml_name,
            ml_meth: ffi::PyMethodDefPointer { PyCFunctionFast: instead },
            ml_flags: flags,
            ml_doc: (*definition).ml_doc,
        }));
        (*place).definition = ours;
    }
    Ok(())
}

fn address(function: ffi::PyMethodDefPointer) -> usize {
    // SAFETY: a union of pointers to functions, all of one size; read as what METH_FASTCALL says.
    unsafe { function.PyCFunctionFast as *const c_void as usize }
}

/// Puts back what was there.
pub(crate) fn give_back(py: Python<'_>) -> PyResult<()> {
    let original = ORIGINAL.swap(ptr::null_mut(), Ordering::SeqCst);
    if !original.is_null() {
        let object = object(py)?;
        // SAFETY: as `borrow` has checked.
        unsafe { (*object.as_ptr().cast::<Function>()).definition = original };
    }
    Ok(())
}

/// The main thread does what an interrupt must not cut: it is kept until that is done.
static KEEPS: AtomicBool = AtomicBool::new(false);
static KEPT: AtomicBool = AtomicBool::new(false);

/// Runs our first imports in the main thread, where no handler of ours stands yet. Callbacks of `importlib` run in the midst of an
/// import, and what is raised in them is printed and dropped (as `Exception ignored in`): a `SIGINT` would be lost.
pub(crate) fn keeping_interrupts<T>(py: Python<'_>, work: impl FnOnce() -> PyResult<T>) -> PyResult<T> {
    // Another thread may have borrowed it: it goes back when the main thread has installed the handlers, which follows.
    let borrows = face::is_main() && !is_borrowed();
    if !borrows {
        return work();
    }
    // Before and until after: nobody trips it for us meanwhile, which could be met when it has been given back.
    KEEPS.store(true, Ordering::SeqCst);
    let result = borrow(py).and_then(|()| work());
    let given_back = give_back(py);
    KEEPS.store(false, Ordering::SeqCst);
    given_back?;
    if KEPT.swap(false, Ordering::SeqCst) {
        // SAFETY: async-signal-safe (documented so).
        unsafe { ffi::PyErr_SetInterrupt() };
        // It raises here, before anything is installed.
        py.check_signals()?;
    }
    result
}

fn take_turn(py: Python<'_>) -> PyResult<()> {
    if signals::waits_for_main() {
        signals::install_in_main(py)?;
        return turn::between_bytecodes(py);
    }
    // Restored: it is ours until the end has been told.
    let taken = turn::between_bytecodes(py);
    if taken.is_err() || !face::is_pending() {
        // A second trip may have made a second call of this one, which is not to raise.
        quietly(|| py.check_signals())?;
        give_back(py)?;
    }
    taken
}

unsafe extern "C" fn instead(module: *mut PyObject, args: *mut *mut PyObject, count: Py_ssize_t) -> *mut PyObject {
    // What another thread calls by itself says nothing of signals.
    if face::is_main() {
        if let Some(answer) = attached(in_main) {
            return answer;
        }
    }
    let original = ORIGINAL.load(Ordering::SeqCst);
    // SAFETY: called with the interpreter lock; what the original gets is what we have got.
    unsafe {
        if original.is_null() {
            // Given back while it was being called.
            ffi::PyErr_SetNone(ffi::PyExc_KeyboardInterrupt);
            return ptr::null_mut();
        }
        ((*original).ml_meth.PyCFunctionFast)(module, args, count)
    }
}

/// In the main thread. `None`: it is the program's own call, which the original is to answer.
fn in_main(py: Python<'_>) -> Option<*mut PyObject> {
    // SAFETY: with the interpreter lock.
    let nothing = || unsafe { ffi::Py_NewRef(ffi::Py_None()) };
    // Two trips can make two calls, of which only one finds itself tripped; with a shutdown pending the other is of ours, too.
    let tripped = interpreter::take_tripped() || face::is_pending();
    if KEEPS.load(Ordering::SeqCst) {
        KEPT.fetch_or(!tripped, Ordering::SeqCst);
        return Some(nothing());
    }
    if !tripped {
        if !signals::is_installing() {
            return None;
        }
        face::event_came(Event::SigInt);
    }
    if quiet::defers() {
        return Some(nothing());
    }
    Some(take_turn(py).map_or_else(
        |error| {
            error.restore(py);
            ptr::null_mut()
        },
        |()| nothing(),
    ))
}
