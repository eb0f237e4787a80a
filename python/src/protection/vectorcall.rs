//! `ShutdownProtection(4)` without a tuple for its argument.
//!
//! A call of a class packs its arguments into a tuple, calls `tp_new` and `tp_init` with it, and frees it again, which costs as much as
//! all that a block has to do. Classes of the interpreter's own, as `list`, have a function for the protocol of PEP 590 instead
//! (<https://docs.python.org/3/c-api/call.html#the-vectorcall-protocol>). The stable interface has no slot for it before CPython
//! 3.14, but the protocol itself says where it goes: at the offset that the type of the called object names in
//! `tp_vectorcall_offset`. The called object is our class, and its type is `type`.
//!
//! That offset is the word behind `tp_dealloc`, whose value the stable interface tells. Where anything is not as the protocol
//! says, nothing is written, and calls go the long way.

use std::ptr;
use std::sync::atomic::{AtomicPtr, Ordering};

use pyo3::ffi::{self, PyObject};
use pyo3::prelude::*;

use super::arguments::Asked;
use super::life::{init, new};
use super::{Inner, Object, guarded};

type Function = unsafe extern "C" fn(*mut PyObject, *const *mut PyObject, usize, *mut PyObject) -> *mut PyObject;

/// `PY_VECTORCALL_ARGUMENTS_OFFSET`, which the caller may set in the count.
const OFFSET_FLAG: usize = 1 << (usize::BITS - 1);
/// `Py_TPFLAGS_HAVE_VECTORCALL`.
const HAVE_VECTORCALL: std::ffi::c_ulong = 1 << 11;

/// Where the class has its `tp_new` and `tp_init`: a program that replaces them (as tests with mocks do) gets what it asks for.
static NEW: AtomicPtr<usize> = AtomicPtr::new(ptr::null_mut());
static INIT: AtomicPtr<usize> = AtomicPtr::new(ptr::null_mut());

/// Gives the class its function, if it is laid out as expected.
pub(super) fn add(class: &Bound<'_, PyAny>) {
    // SAFETY: a class, which is as large as its type says; each word that is read is within it, and the one that is written is
    // the one that the protocol names.
    unsafe {
        let kind = &raw mut ffi::PyType_Type;
        let size = class.get_type().getattr("__basicsize__").and_then(|size| size.extract::<usize>()).unwrap_or(0);
        let words = size / size_of::<usize>();
        let place = |object: *mut PyObject, value: usize| {
            let words = (0..words).map(|index| object.cast::<usize>().add(index));
            let mut found = words.filter(|word| **word == value);
            found.next().filter(|_| found.next().is_none())
        };
        let dealloc = ffi::PyType_GetSlot(kind, ffi::Py_tp_dealloc) as usize;
        let (Some(dealloc), Some(new), Some(init)) = (
            place(kind.cast(), dealloc),
            place(class.as_ptr(), new as *const () as usize),
            place(class.as_ptr(), init as *const () as usize),
        ) else {
            return;
        };
        let offset = *dealloc.add(1);
        let fits = offset % align_of::<usize>() == 0 && (1..size).contains(&offset);
        if !fits || ffi::PyType_GetFlags(kind) & HAVE_VECTORCALL == 0 {
            return;
        }
        let function = class.as_ptr().byte_add(offset).cast::<Option<Function>>();
        if (*function).is_none() {
            NEW.store(new, Ordering::Relaxed);
            INIT.store(init, Ordering::Relaxed);
            *function = Some(call);
        }
    }
}

unsafe extern "C" fn call(
    class: *mut PyObject,
    args: *const *mut PyObject,
    count: usize,
    keywords: *mut PyObject,
) -> *mut PyObject {
    // SAFETY: arguments as the protocol gives them; the places are those of the class, which lives as long as the process.
    unsafe {
        let count = count & !OFFSET_FLAG;
        let is_as_made = *NEW.load(Ordering::Relaxed) == new as *const () as usize
            && *INIT.load(Ordering::Relaxed) == init as *const () as usize;
        if count == 1 && keywords.is_null() && is_as_made {
            if let Some(asked) = Asked::plain(*args) {
                let object = ffi::PyObject_Malloc(size_of::<Object>()).cast::<PyObject>();
                if object.is_null() {
                    return ffi::PyErr_NoMemory();
                }
                ffi::PyObject_Init(object, class.cast());
                Inner::write(object, asked);
                return object;
            }
        }
        call_slowly(class, args, count, keywords)
    }
}

/// As the interpreter calls a class without such a function.
///
/// # Safety
///
/// Arguments as the protocol gives them, the count without its flag.
#[cold]
unsafe fn call_slowly(
    class: *mut PyObject,
    args: *const *mut PyObject,
    count: usize,
    keywords: *mut PyObject,
) -> *mut PyObject {
    guarded(ptr::null_mut(), |py| {
        // SAFETY: the caller's.
        unsafe {
            let named = if keywords.is_null() { 0 } else { ffi::PyTuple_Size(keywords) as usize };
            let at = |index: usize| Bound::from_borrowed_ptr(py, *args.add(index));
            let positional = pyo3::types::PyTuple::new(py, (0..count).map(at))?;
            let dict = if named > 0 { Some(pyo3::types::PyDict::new(py)) } else { None };
            for index in 0..named {
                let name = Bound::from_borrowed_ptr(py, ffi::PyTuple_GetItem(keywords, index as isize));
                if let Some(dict) = &dict {
                    dict.set_item(name, at(count + index))?;
                }
            }
            let slot = ffi::PyType_GetSlot(&raw mut ffi::PyType_Type, ffi::Py_tp_call);
            let call: ffi::ternaryfunc = std::mem::transmute(slot);
            // Both live until the call has returned.
            let keywords = dict.as_ref().map_or(ptr::null_mut(), |dict| dict.as_ptr());
            let object = call(class, positional.as_ptr(), keywords);
            if object.is_null() { Err(PyErr::fetch(py)) } else { Ok(object) }
        }
    })
}
