//! The methods of the type, from C arguments to [`Entries`](crate::entry::Entries).

use std::ptr;

use pyo3::exceptions::PyTypeError;
use pyo3::ffi::{self, Py_ssize_t, PyObject};
use pyo3::prelude::*;
use pyo3::types::PyTuple;

use super::arguments::only_argument;
use super::{guarded, inner};
use crate::imports::import;
use crate::{decorated, seconds};

#[inline]
fn none() -> *mut PyObject {
    // SAFETY: a new reference to None.
    unsafe { ffi::Py_NewRef(ffi::Py_None()) }
}

pub(super) unsafe extern "C" fn enter(object: *mut PyObject, _: *mut PyObject) -> *mut PyObject {
    // SAFETY: an instance of ours; every method is called by a thread that is in the interpreter.
    unsafe {
        let (this, py) = (inner(object), Python::assume_attached());
        if this.entries.enter_calmly(py, &this.like(py, object)) {
            ffi::Py_NewRef(object)
        } else {
            enter_slowly(object)
        }
    }
}

/// # Safety
///
/// As for a method.
#[inline(never)]
unsafe fn enter_slowly(object: *mut PyObject) -> *mut PyObject {
    guarded(ptr::null_mut(), |py| {
        // SAFETY: the caller's.
        unsafe {
            let this = inner(object);
            this.entries.enter(py, &this.like(py, object))?;
            Ok(ffi::Py_NewRef(object))
        }
    })
}

pub(super) unsafe extern "C" fn exit(
    object: *mut PyObject,
    args: *mut *mut PyObject,
    count: Py_ssize_t,
) -> *mut PyObject {
    // SAFETY: as in `enter`.
    unsafe {
        if inner(object).entries.exit_calmly(Python::assume_attached()) {
            none()
        } else {
            exit_slowly(object, args, count)
        }
    }
}

/// # Safety
///
/// As for a method.
#[cold]
unsafe fn exit_slowly(object: *mut PyObject, args: *mut *mut PyObject, count: Py_ssize_t) -> *mut PyObject {
    guarded(ptr::null_mut(), |py| {
        // SAFETY: an instance of ours; as many arguments as the count says.
        unsafe {
            let error = if count > 1 { Bound::from_borrowed_ptr_or_opt(py, *args.add(1)) } else { None };
            let error = error.filter(|error| !error.is_none());
            if inner(object).entries.exit(py, error.as_ref())? {
                return Ok(ffi::Py_NewRef(ffi::Py_True()));
            }
        }
        Ok(none())
    })
}

pub(super) unsafe extern "C" fn async_enter(object: *mut PyObject, _: *mut PyObject) -> *mut PyObject {
    guarded(ptr::null_mut(), |py| {
        // SAFETY: an instance of ours.
        let this = unsafe {
            let this = inner(object);
            this.entries.enter(py, &this.like(py, object))?;
            Bound::from_borrowed_ptr(py, object)
        };
        Ok(decorated::done(this)?.into_ptr())
    })
}

pub(super) unsafe extern "C" fn async_exit(
    object: *mut PyObject,
    args: *mut *mut PyObject,
    count: Py_ssize_t,
) -> *mut PyObject {
    // SAFETY: as in `exit`.
    let exited = unsafe { exit(object, args, count) };
    if exited.is_null() {
        return exited;
    }
    guarded(ptr::null_mut(), |py| {
        // SAFETY: a new reference to None or True.
        let answer = unsafe { Bound::from_owned_ptr(py, exited) };
        Ok(decorated::done(answer)?.into_ptr())
    })
}

pub(super) unsafe extern "C" fn allow_break(
    object: *mut PyObject,
    args: *const *mut PyObject,
    count: Py_ssize_t,
    keywords: *mut PyObject,
) -> *mut PyObject {
    // SAFETY: as in `enter`.
    unsafe {
        let is_calm = || inner(object).entries.pass_calmly(Python::assume_attached(), true);
        if count == 0 && keywords.is_null() && is_calm() {
            return none();
        }
        allow_break_slowly(object, args, count, keywords)
    }
}

/// # Safety
///
/// As for a method.
#[cold]
unsafe fn allow_break_slowly(
    object: *mut PyObject,
    args: *const *mut PyObject,
    count: Py_ssize_t,
    keywords: *mut PyObject,
) -> *mut PyObject {
    guarded(ptr::null_mut(), |py| {
        // SAFETY: an instance of ours; arguments as the interpreter gives them.
        unsafe {
            let renew = only_argument(py, "allow_break", "renew", args, count, keywords)?;
            let renew = renew.map_or(Ok(true), |renew| renew.is_truthy())?;
            let this = inner(object);
            if !this.entries.pass_calmly(py, renew) {
                this.entries.allow_break(py, this.like(py, object), renew)?;
            }
        }
        Ok(none())
    })
}

pub(super) unsafe extern "C" fn renew(
    object: *mut PyObject,
    args: *const *mut PyObject,
    count: Py_ssize_t,
    keywords: *mut PyObject,
) -> *mut PyObject {
    guarded(ptr::null_mut(), |py| {
        // SAFETY: an instance of ours; arguments as the interpreter gives them.
        unsafe {
            let time = only_argument(py, "renew", "max_exec_time", args, count, keywords)?;
            let time = time.filter(|time| !time.is_none());
            let time = time.map(|time| seconds::positive("max_exec_time", &time)).transpose()?;
            let this = inner(object);
            if time.is_some() || !this.entries.pass_calmly(py, true) {
                this.entries.renew(py, this.like(py, object), time)?;
            }
        }
        Ok(none())
    })
}

/// As a decorator.
pub(super) unsafe extern "C" fn call(
    object: *mut PyObject,
    args: *mut PyObject,
    keywords: *mut PyObject,
) -> *mut PyObject {
    guarded(ptr::null_mut(), |py| {
        // SAFETY: an instance of ours; a tuple, and a dict or null.
        let (this, args, keywords) = unsafe {
            (
                Bound::from_borrowed_ptr(py, object),
                Bound::from_borrowed_ptr(py, args).cast_into_unchecked::<PyTuple>(),
                Bound::from_borrowed_ptr_or_opt(py, keywords),
            )
        };
        if keywords.is_some() || args.len() != 1 {
            return Err(PyTypeError::new_err("a ShutdownProtection is called as a decorator, with one function"));
        }
        let protect = import(py, "graceful_shutdown._decorator")?.getattr("protect")?;
        Ok(protect.call1((this, args.get_item(0)?))?.into_ptr())
    })
}
