//! The type as the interpreter is told of it: its slots, and what `help()` shows.

use std::ffi::{CStr, c_char, c_int, c_uint, c_void};
use std::ptr;
use std::sync::atomic::Ordering;

use pyo3::ffi;
use pyo3::prelude::*;

use super::life::{dealloc, init, new};
use super::methods::{allow_break, async_enter, async_exit, call, enter, exit, renew};
use super::shown::{get, repr, set};
use super::{Object, TYPE, vectorcall};

const DOC: &CStr = c"ShutdownProtection(max_exec_time=None, run_at_exit=False, *, name=None, drain_time=None)
--

A block of code that a request to exit does not interrupt.

    with ShutdownProtection(4) as block:
        ...                  # SIGINT, SIGTERM, SIGQUIT and SIGHUP wait, for 4 seconds at the most
        block.allow_break()  # here the program may be stopped; if not, the block has 4 seconds again
        ...

max_exec_time: seconds, or a timedelta; None: the configured one (89.5 s; Windows: 4.5 s).
run_at_exit: start it although a shutdown is pending, for clean-up.
name: for open_blocks() and the log.
drain_time: instead of max_exec_time, seconds from the event on: for servers.

The same object serves `with`, `async with`, as a decorator of functions and coroutine functions, and again; each entry
is a block of its own. With a shutdown pending, entering raises, unless the block is nested: KeyboardInterrupt (after one
SIGINT) or SystemExit in the main thread, ShutdownInterrupt, a SystemExit, in other threads, CancelledError in a task.";

const ALLOW_BREAK_DOC: &CStr = c"allow_break($self, /, renew=True)
--

A breakpoint: if a shutdown is pending, the block ends here and the exception is raised.

If none is, the block gets its time again, unless renew is false. Inside another block of the same owner that still has
time it does nothing. The main thread first waits for the blocks of the others.

Raises ValueError on a block that has ended, with nothing pending.";

const RENEW_DOC: &CStr = c"renew($self, /, max_exec_time=None)
--

Gives the block its time again, from now; or this time, in seconds or as a timedelta, now and at further renewals.

Raises ValueError on a block that has ended, with nothing pending.";

const MAX_EXEC_TIME_DOC: &CStr = c"Seconds, or None: the configured time, or a drain_time.

Set, it is that of the blocks that start from then on, and of an open one from its next renewal on.";

fn method(name: &'static CStr, pointer: ffi::PyMethodDefPointer, flags: c_int, doc: &'static CStr) -> ffi::PyMethodDef {
    ffi::PyMethodDef { ml_name: name.as_ptr(), ml_meth: pointer, ml_flags: flags, ml_doc: doc.as_ptr() }
}

fn property(name: &'static CStr, which: usize, set: Option<ffi::setter>, doc: &'static CStr) -> ffi::PyGetSetDef {
    ffi::PyGetSetDef { name: name.as_ptr(), get: Some(get), set, doc: doc.as_ptr(), closure: which as *mut c_void }
}

fn slot(slot: c_int, function: *mut c_void) -> ffi::PyType_Slot {
    ffi::PyType_Slot { slot, pfunc: function }
}

pub(crate) fn add(module: &Bound<'_, PyModule>) -> PyResult<()> {
    let py = module.py();
    let fast = |function| ffi::PyMethodDefPointer { PyCFunctionFast: function };
    let keywords = |function| ffi::PyMethodDefPointer { PyCFunctionFastWithKeywords: function };
    let plain = |function| ffi::PyMethodDefPointer { PyCFunction: function };
    let both = ffi::METH_FASTCALL | ffi::METH_KEYWORDS;
    // The interpreter keeps pointers to these for the life of the type, which is that of the process.
    let methods = Box::leak(Box::new([
        method(c"__enter__", plain(enter), ffi::METH_NOARGS, c"Starts the block."),
        method(c"__exit__", fast(exit), ffi::METH_FASTCALL, c"Ends the block: a normal end is a breakpoint."),
        method(c"__aenter__", plain(async_enter), ffi::METH_NOARGS, c"Starts the block."),
        method(c"__aexit__", fast(async_exit), ffi::METH_FASTCALL, c"Ends the block: a normal end is a breakpoint."),
        method(c"allow_break", keywords(allow_break), both, ALLOW_BREAK_DOC),
        method(c"renew", keywords(renew), both, RENEW_DOC),
        ffi::PyMethodDef::zeroed(),
    ]));
    let properties = Box::leak(Box::new([
        property(c"max_exec_time", 0, Some(set), MAX_EXEC_TIME_DOC),
        property(c"run_at_exit", 1, Some(set), c"Does it start although a shutdown is pending?"),
        property(c"name", 2, None, c"Its name, or None."),
        property(c"drain_time", 3, None, c"Seconds from the event on, or None."),
        ffi::PyGetSetDef::default(),
    ]));
    let mut slots = [
        slot(ffi::Py_tp_new, new as *mut c_void),
        slot(ffi::Py_tp_init, init as *mut c_void),
        slot(ffi::Py_tp_dealloc, dealloc as *mut c_void),
        slot(ffi::Py_tp_call, call as *mut c_void),
        slot(ffi::Py_tp_repr, repr as *mut c_void),
        slot(ffi::Py_tp_methods, methods.as_mut_ptr().cast()),
        slot(ffi::Py_tp_getset, properties.as_mut_ptr().cast()),
        slot(ffi::Py_tp_doc, DOC.as_ptr().cast_mut().cast()),
        slot(0, ptr::null_mut()),
    ];
    let mut spec = ffi::PyType_Spec {
        name: c"graceful_shutdown.ShutdownProtection".as_ptr().cast::<c_char>(),
        basicsize: size_of::<Object>() as c_int,
        itemsize: 0,
        flags: (ffi::Py_TPFLAGS_DEFAULT | ffi::Py_TPFLAGS_BASETYPE) as c_uint,
        slots: slots.as_mut_ptr(),
    };
    // SAFETY: the specification is complete, and what it points to lives long enough.
    let kind = unsafe { Bound::from_owned_ptr_or_err(py, ffi::PyType_FromSpec(&raw mut spec))? };
    vectorcall::add(&kind);
    TYPE.store(kind.clone().into_ptr(), Ordering::Relaxed);
    module.add("ShutdownProtection", kind)
}
