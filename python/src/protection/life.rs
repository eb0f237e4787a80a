//! An object of the type: made, given its arguments, freed.

use std::ffi::c_int;
use std::mem::ManuallyDrop;
use std::ptr;
use std::sync::atomic::Ordering;

use pyo3::ffi::{self, PyObject};
use pyo3::prelude::*;

use super::arguments::{Asked, from_arguments};
use super::looking::wait_until_unseen;
use super::{Inner, Object, TYPE, guarded_and_known, inner};
use crate::entry::Entries;
use crate::lock::Lock;

/// `ShutdownProtection(4)`: without a detour where the one argument is a plain number.
pub(super) unsafe extern "C" fn new(
    kind: *mut ffi::PyTypeObject,
    args: *mut PyObject,
    keywords: *mut PyObject,
) -> *mut PyObject {
    guarded_and_known(ptr::null_mut(), |py| {
        // A subclass may have arguments of its own: it comes here again by `__init__`.
        // SAFETY: pointers of the interpreter, the keywords null or a dict.
        let asked = unsafe {
            if kind.cast() == TYPE.load(Ordering::Relaxed) {
                from_arguments(py, args, keywords)?
            } else {
                Asked::default()
            }
        };
        // SAFETY: the generic allocation of this type, zeroed; what is written is not dropped before.
        unsafe {
            let object = ffi::PyType_GenericAlloc(kind, 0);
            if object.is_null() {
                return Err(PyErr::fetch(py));
            }
            Inner::write(object, asked);
            Ok(object)
        }
    })
}

impl Inner {
    /// Makes a new object's.
    ///
    /// # Safety
    ///
    /// An object of our type whose `inner` was not written yet.
    #[inline]
    pub(super) unsafe fn write(object: *mut PyObject, asked: Asked) {
        let inner = Self { asked: Lock::new(asked), entries: Entries::new() };
        // SAFETY: the caller's.
        unsafe { ptr::write(&raw mut (*object.cast::<Object>()).inner, ManuallyDrop::new(inner)) };
    }
}

/// Only a subclass has arguments left here.
pub(super) unsafe extern "C" fn init(object: *mut PyObject, args: *mut PyObject, keywords: *mut PyObject) -> c_int {
    guarded_and_known(-1, |py| {
        // SAFETY: an instance of ours; pointers of the interpreter.
        unsafe {
            if ffi::Py_TYPE(object).cast() != TYPE.load(Ordering::Relaxed) {
                let asked = from_arguments(py, args, keywords)?;
                let former = inner(object).asked.with(py, |place| std::mem::replace(place, asked));
                drop(former);
            }
        }
        Ok(0)
    })
}

#[allow(deprecated, reason = "the stable interface from 3.10 on has no other functions")]
pub(super) unsafe extern "C" fn dealloc(object: *mut PyObject) {
    // SAFETY: an instance of ours, at the end of its life; the slot frees what the allocation made; a heap type loses a
    // reference with each instance.
    unsafe {
        let inner = &mut (*object.cast::<Object>()).inner;
        if !inner.entries.are_none() {
            // An exception that is on its way stays.
            let (mut error, mut value, mut traceback) = (ptr::null_mut(), ptr::null_mut(), ptr::null_mut());
            ffi::PyErr_Fetch(&raw mut error, &raw mut value, &raw mut traceback);
            drop(std::mem::replace(&mut inner.entries, Entries::new()));
            ffi::PyErr_Restore(error, value, traceback);
        }
        wait_until_unseen();
        let py = Python::assume_attached();
        if let Some(name) = inner.asked.with(py, |asked| asked.name.take()) {
            drop(name.into_bound(py));
        }
        ManuallyDrop::drop(inner);
        let kind = ffi::Py_TYPE(object);
        if kind.cast() == TYPE.load(Ordering::Relaxed) {
            ffi::PyObject_Free(object.cast());
        } else {
            let free: ffi::freefunc = std::mem::transmute(ffi::PyType_GetSlot(kind, ffi::Py_tp_free));
            free(object.cast());
        }
        ffi::Py_DECREF(kind.cast());
    }
}
