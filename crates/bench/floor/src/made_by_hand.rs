//! A type that does nothing, by the interpreter's C interface.

use std::ffi::{CStr, c_char, c_int, c_uint, c_void};
use std::ptr;

use pyo3::ffi::{self, Py_ssize_t, PyObject};
use pyo3::prelude::*;

#[repr(C)]
struct Object {
    head: PyObject,
    seconds: f64,
}

unsafe extern "C" fn new(kind: *mut ffi::PyTypeObject, args: *mut PyObject, _: *mut PyObject) -> *mut PyObject {
    // SAFETY: called with the interpreter lock; the arguments are a tuple, and the object is of this type.
    unsafe {
        let seconds = ffi::PyTuple_GetItem(args, 0);
        if seconds.is_null() {
            return ptr::null_mut();
        }
        let seconds = ffi::PyFloat_AsDouble(seconds);
        let object = ffi::PyType_GenericAlloc(kind, 0);
        if !object.is_null() {
            (*object.cast::<Object>()).seconds = seconds;
        }
        object
    }
}

unsafe extern "C" fn dealloc(object: *mut PyObject) {
    // SAFETY: an object of this type, at the end of its life; a heap type loses a reference with each instance.
    unsafe {
        let kind = ffi::Py_TYPE(object);
        ffi::PyObject_Free(object.cast());
        ffi::Py_DECREF(kind.cast());
    }
}

unsafe extern "C" fn enter(object: *mut PyObject, _: *mut PyObject) -> *mut PyObject {
    // SAFETY: a living object.
    unsafe { ffi::Py_NewRef(object) }
}

unsafe extern "C" fn nothing(_: *mut PyObject, _: *mut *mut PyObject, _: Py_ssize_t) -> *mut PyObject {
    // SAFETY: a new reference to None.
    unsafe { ffi::Py_NewRef(ffi::Py_None()) }
}

fn method(name: &'static CStr, pointer: ffi::PyMethodDefPointer, flags: c_int) -> ffi::PyMethodDef {
    ffi::PyMethodDef { ml_name: name.as_ptr(), ml_meth: pointer, ml_flags: flags, ml_doc: ptr::null() }
}

fn slot(slot: c_int, function: *mut c_void) -> ffi::PyType_Slot {
    ffi::PyType_Slot { slot, pfunc: function }
}

pub(crate) fn add(module: &Bound<'_, PyModule>) -> PyResult<()> {
    // The interpreter keeps pointers to these for the life of the process.
    let fast = ffi::PyMethodDefPointer { PyCFunctionFast: nothing };
    let methods = Box::leak(Box::new([
        method(c"__enter__", ffi::PyMethodDefPointer { PyCFunction: enter }, ffi::METH_NOARGS),
        method(c"__exit__", fast, ffi::METH_FASTCALL),
        method(c"allow_break", fast, ffi::METH_FASTCALL),
        ffi::PyMethodDef::zeroed(),
    ]));
    let mut slots = [
        slot(ffi::Py_tp_new, new as *mut c_void),
        slot(ffi::Py_tp_dealloc, dealloc as *mut c_void),
        slot(ffi::Py_tp_methods, methods.as_mut_ptr().cast()),
        slot(0, ptr::null_mut()),
    ];
    let mut spec = ffi::PyType_Spec {
        name: c"bench_floor.MadeByHand".as_ptr().cast::<c_char>(),
        basicsize: size_of::<Object>() as c_int,
        itemsize: 0,
        flags: ffi::Py_TPFLAGS_DEFAULT as c_uint,
        slots: slots.as_mut_ptr(),
    };
    // SAFETY: the specification is complete, and what it points to lives long enough.
    let kind = unsafe { Bound::from_owned_ptr_or_err(module.py(), ffi::PyType_FromSpec(&raw mut spec))? };
    module.add("MadeByHand", kind)
}
