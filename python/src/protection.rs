//! `ShutdownProtection`, the type, by the interpreter's C interface.
//!
//! Made by hand, since entering and leaving a block is what this package is measured by: PyO3's own frame around a method that
//! does nothing costs as much as all that a block has to do. What is here is only that frame: a type, its slots, and the way
//! from C arguments to [`Entry`]. Each function runs with the interpreter lock, which is also the lock of the object: this is not for
//! free-threaded builds.

use std::ffi::c_int;
use std::mem::ManuallyDrop;
use std::ptr;
use std::sync::atomic::{AtomicPtr, Ordering};

use pyo3::exceptions::PyTypeError;
use pyo3::ffi::{self, Py_ssize_t, PyObject};
use pyo3::prelude::*;
use pyo3::types::{PyString, PyTuple};

use crate::entry::{Entry, ended};
use crate::seconds;
use crate::{decorated, owner};

mod arguments;
mod definition;
mod shown;
mod vectorcall;

use arguments::{Asked, from_arguments, only_argument};
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
    // below do not touch theirs behind it.
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

fn none() -> *mut PyObject {
    // SAFETY: a new reference to None.
    unsafe { ffi::Py_NewRef(ffi::Py_None()) }
}

/// `ShutdownProtection(4)`: without a detour where the one argument is a plain number.
unsafe extern "C" fn new(kind: *mut ffi::PyTypeObject, args: *mut PyObject, keywords: *mut PyObject) -> *mut PyObject {
    guarded(ptr::null_mut(), |py| {
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

/// Only a subclass has arguments left here.
unsafe extern "C" fn init(object: *mut PyObject, args: *mut PyObject, keywords: *mut PyObject) -> c_int {
    guarded(-1, |py| {
        // SAFETY: an instance of ours; pointers of the interpreter.
        unsafe {
            if ffi::Py_TYPE(object).cast() != TYPE.load(Ordering::Relaxed) {
                inner(object).asked = from_arguments(py, args, keywords)?;
            }
        }
        Ok(0)
    })
}

unsafe extern "C" fn dealloc(object: *mut PyObject) {
    // An exception that is on its way stays.
    // SAFETY: an instance of ours, at the end of its life; the slot frees what the allocation made; a heap type loses a
    // reference with each instance.
    unsafe {
        let inner = &mut (*object.cast::<Object>()).inner;
        if inner.is_idle() {
            ManuallyDrop::drop(inner);
        } else {
            let (mut error, mut value, mut traceback) = (ptr::null_mut(), ptr::null_mut(), ptr::null_mut());
            ffi::PyErr_Fetch(&raw mut error, &raw mut value, &raw mut traceback);
            ManuallyDrop::drop(inner);
            ffi::PyErr_Restore(error, value, traceback);
        }
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

unsafe extern "C" fn enter(object: *mut PyObject, _: *mut PyObject) -> *mut PyObject {
    // SAFETY: an instance of ours, with the interpreter lock.
    unsafe {
        if inner(object).enter_calmly(Python::assume_attached(), object.cast_const().cast()) {
            return ffi::Py_NewRef(object);
        }
    }
    guarded(ptr::null_mut(), |py| {
        // SAFETY: as above.
        unsafe {
            inner(object).enter(py, object.cast_const().cast())?;
            Ok(ffi::Py_NewRef(object))
        }
    })
}

unsafe extern "C" fn exit(object: *mut PyObject, args: *mut *mut PyObject, count: Py_ssize_t) -> *mut PyObject {
    // SAFETY: an instance of ours, with the interpreter lock.
    if unsafe { inner(object).exit_calmly() } {
        return none();
    }
    exit_slowly(object, args, count)
}

#[cold]
#[inline(never)]
fn exit_slowly(object: *mut PyObject, args: *mut *mut PyObject, count: Py_ssize_t) -> *mut PyObject {
    guarded(ptr::null_mut(), |py| {
        // SAFETY: an instance of ours; as many arguments as the count says.
        unsafe {
            let error = if count > 1 { Bound::from_borrowed_ptr_or_opt(py, *args.add(1)) } else { None };
            let error = error.filter(|error| !error.is_none());
            inner(object).exit(py, error.as_ref())?;
        }
        Ok(none())
    })
}

unsafe extern "C" fn async_enter(object: *mut PyObject, _: *mut PyObject) -> *mut PyObject {
    guarded(ptr::null_mut(), |py| {
        // SAFETY: an instance of ours.
        let this = unsafe {
            inner(object).enter(py, object.cast_const().cast())?;
            Bound::from_borrowed_ptr(py, object)
        };
        Ok(decorated::done(this)?.into_ptr())
    })
}

unsafe extern "C" fn async_exit(object: *mut PyObject, args: *mut *mut PyObject, count: Py_ssize_t) -> *mut PyObject {
    // SAFETY: as in `exit`.
    let exited = unsafe { exit(object, args, count) };
    if exited.is_null() {
        return exited;
    }
    guarded(ptr::null_mut(), |py| {
        // SAFETY: a new reference to None.
        let nothing = unsafe { Bound::from_owned_ptr(py, exited) };
        Ok(decorated::done(nothing)?.into_ptr())
    })
}

unsafe extern "C" fn allow_break(
    object: *mut PyObject,
    args: *const *mut PyObject,
    count: Py_ssize_t,
    keywords: *mut PyObject,
) -> *mut PyObject {
    if count == 0 && keywords.is_null() {
        // SAFETY: an instance of ours, with the interpreter lock.
        let this = unsafe { inner(object) };
        if this.rest.is_empty() && this.first.as_ref().is_some_and(|entry| entry.passes(true)) {
            return none();
        }
    }
    allow_break_slowly(object, args, count, keywords)
}

#[cold]
#[inline(never)]
fn allow_break_slowly(
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
            let kind = this.asked.kind();
            let entry = this.innermost(py).ok_or_else(ended)?;
            entry.allow_break(py, &kind, object.cast_const().cast(), renew)?;
        }
        Ok(none())
    })
}

unsafe extern "C" fn renew(
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
            let kind = this.asked.kind();
            let entry = this.innermost(py).ok_or_else(ended)?;
            entry.renew(py, &kind, object.cast_const().cast(), time)?;
        }
        Ok(none())
    })
}

/// As a decorator.
unsafe extern "C" fn call(object: *mut PyObject, args: *mut PyObject, keywords: *mut PyObject) -> *mut PyObject {
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
        let protect = py.import("graceful_shutdown._decorator")?.getattr("protect")?;
        Ok(protect.call1((this, args.get_item(0)?))?.into_ptr())
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
