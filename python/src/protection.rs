//! `ShutdownProtection`, the type, by the interpreter's C interface.
//!
//! Made by hand, since entering and leaving a block is what this package is measured by: PyO3's own frame around a method that
//! does nothing costs as much as all that a block has to do. What is here is only that frame: a type, its slots, and the way
//! from C arguments to [`Entry`]. Each function runs with the interpreter lock, which is also the lock of the object; the
//! free-threaded build takes one of its own (`Guarded`).

use std::ffi::{CStr, c_char, c_int, c_uint, c_void};
use std::mem::ManuallyDrop;
use std::ptr;
use std::time::Duration;

use pyo3::exceptions::{PyTypeError, PyValueError};
use pyo3::ffi::{self, Py_ssize_t, PyObject};
use pyo3::prelude::*;
use pyo3::types::{PyDict, PyString, PyTuple};
use shutdown_protection::face::Kind;

use crate::entry::{Entry, ended};
use crate::seconds;
use crate::{decorated, owner};

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
    rest: Vec<Entry>,
}

/// What the blocks of an object are to be.
#[derive(Default)]
struct Asked {
    time: Option<Duration>,
    drain: bool,
    run_at_exit: bool,
    name: Option<Py<PyString>>,
    /// Where a time is named: made once.
    kind: Option<Kind>,
}

impl Asked {
    #[inline]
    fn kind(&self) -> Kind {
        match self.kind {
            Some(kind) => kind,
            None => Kind::new(None, false, self.run_at_exit),
        }
    }
}

impl Inner {
    fn enter(&mut self, py: Python<'_>, tag: *const ()) -> PyResult<()> {
        let entry = Entry::start(py, &self.asked.kind(), tag)?;
        match &mut self.first {
            place @ None => *place = Some(entry),
            Some(_) => self.rest.push(entry),
        }
        Ok(())
    }

    /// The innermost block that the caller has open through this object; else the innermost of all.
    fn innermost(&mut self, py: Python<'_>) -> Option<&mut Entry> {
        if self.rest.is_empty() {
            return self.first.as_mut();
        }
        let owner = owner::current(py);
        match self.rest.iter().rposition(|entry| entry.is_of(owner)) {
            Some(index) => self.rest.get_mut(index),
            None if self.first.as_ref().is_some_and(|entry| entry.is_of(owner)) => self.first.as_mut(),
            None => self.rest.last_mut(),
        }
    }

    /// Takes it out.
    fn take_innermost(&mut self, py: Python<'_>) -> Option<Entry> {
        if self.rest.is_empty() {
            return self.first.take();
        }
        let owner = owner::current(py);
        if let Some(index) = self.rest.iter().rposition(|entry| entry.is_of(owner)) {
            return Some(self.rest.remove(index));
        }
        if self.first.as_ref().is_some_and(|entry| entry.is_of(owner)) {
            return self.first.take();
        }
        self.rest.pop()
    }

    fn exit(&mut self, py: Python<'_>, error: Option<&Bound<'_, PyAny>>) -> PyResult<()> {
        if self.rest.is_empty() {
            // The common case: one block, all calm. It is ended where it lies.
            if let Some(entry) = &mut self.first {
                if entry.end_calmly() {
                    self.first = None;
                    return Ok(());
                }
            }
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

const NAMES: [&str; 4] = ["max_exec_time", "run_at_exit", "name", "drain_time"];

fn parse(py: Python<'_>, args: &Bound<'_, PyTuple>, keywords: Option<&Bound<'_, PyDict>>) -> PyResult<Asked> {
    let mut found: [Option<Bound<'_, PyAny>>; 4] = [const { None }; 4];
    if args.len() > 2 {
        return Err(PyTypeError::new_err(format!(
            "ShutdownProtection() takes at most 2 positional arguments, not {}",
            args.len()
        )));
    }
    for (place, value) in found.iter_mut().zip(args.iter()) {
        *place = Some(value);
    }
    if let Some(keywords) = keywords {
        for (name, value) in keywords.iter() {
            let name: String = name.extract()?;
            let index = NAMES.iter().position(|known| *known == name);
            let place = index.and_then(|index| found.get_mut(index)).ok_or_else(|| {
                PyTypeError::new_err(format!("ShutdownProtection() got an unexpected keyword argument {name:?}"))
            })?;
            if place.is_some() {
                return Err(PyTypeError::new_err(format!("ShutdownProtection() got two values for {name}")));
            }
            *place = Some(value);
        }
    }
    let [time, run_at_exit, name, drain] = found.map(|value| value.filter(|value| !value.is_none()));
    let _ = py;
    let run_at_exit = run_at_exit.map_or(Ok(false), |value| value.is_truthy())?;
    let name = name
        .map(|value| {
            value.cast_into::<PyString>().map_err(|error| {
                PyTypeError::new_err(format!("name must be a string, not {}", seconds::shown(&error.into_inner())))
            })
        })
        .transpose()?
        .map(Bound::unbind);
    let drain_time = drain.map(|value| seconds::positive("drain_time", &value)).transpose()?;
    let time = time.map(|value| seconds::positive("max_exec_time", &value)).transpose()?;
    if drain_time.is_some() && time.is_some() {
        return Err(PyValueError::new_err("a block has a max_exec_time or a drain_time, not both"));
    }
    let drain = drain_time.is_some();
    let time = drain_time.or(time);
    let kind = time.map(|time| Kind::new(Some(time), drain, run_at_exit));
    Ok(Asked { time, drain, run_at_exit, name, kind })
}

/// `ShutdownProtection(4)`: without a detour where the one argument is a plain number.
unsafe extern "C" fn new(kind: *mut ffi::PyTypeObject, args: *mut PyObject, keywords: *mut PyObject) -> *mut PyObject {
    guarded(ptr::null_mut(), |py| {
        // A subclass may have arguments of its own: it comes here again by `__init__`.
        // SAFETY: pointers of the interpreter, the keywords null or a dict.
        let asked = unsafe {
            if kind.cast() == TYPE.load(std::sync::atomic::Ordering::Relaxed) {
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
            let inner = Inner { asked, first: None, rest: Vec::new() };
            ptr::write(&raw mut (*object.cast::<Object>()).inner, ManuallyDrop::new(inner));
            Ok(object)
        }
    })
}

/// # Safety
///
/// A tuple, and a dict or null.
unsafe fn from_arguments(py: Python<'_>, args: *mut PyObject, keywords: *mut PyObject) -> PyResult<Asked> {
    // SAFETY: the caller's.
    unsafe {
        let args = Borrowed::from_ptr(py, args);
        let keywords = Bound::from_borrowed_ptr_or_opt(py, keywords);
        let args = args.cast_unchecked::<PyTuple>();
        let keywords = keywords.as_ref().map(|keywords| keywords.cast_unchecked::<PyDict>());
        parse(py, &args, keywords)
    }
}

/// Only a subclass has arguments left here.
unsafe extern "C" fn init(object: *mut PyObject, args: *mut PyObject, keywords: *mut PyObject) -> c_int {
    guarded(-1, |py| {
        // SAFETY: an instance of ours; pointers of the interpreter.
        unsafe {
            if ffi::Py_TYPE(object).cast() != TYPE.load(std::sync::atomic::Ordering::Relaxed) {
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
        let (mut error, mut value, mut traceback) = (ptr::null_mut(), ptr::null_mut(), ptr::null_mut());
        ffi::PyErr_Fetch(&raw mut error, &raw mut value, &raw mut traceback);
        ManuallyDrop::drop(&mut (*object.cast::<Object>()).inner);
        ffi::PyErr_Restore(error, value, traceback);
        let kind = ffi::Py_TYPE(object);
        let free: ffi::freefunc = std::mem::transmute(ffi::PyType_GetSlot(kind, ffi::Py_tp_free));
        free(object.cast());
        ffi::Py_DECREF(kind.cast());
    }
}

unsafe extern "C" fn enter(object: *mut PyObject, _: *mut PyObject) -> *mut PyObject {
    guarded(ptr::null_mut(), |py| {
        // SAFETY: an instance of ours.
        unsafe {
            inner(object).enter(py, object.cast_const().cast())?;
            Ok(ffi::Py_NewRef(object))
        }
    })
}

unsafe extern "C" fn exit(object: *mut PyObject, args: *mut *mut PyObject, count: Py_ssize_t) -> *mut PyObject {
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

/// One optional argument, by place or by this name.
///
/// # Safety
///
/// As METH_FASTCALL | METH_KEYWORDS gives them.
unsafe fn only_argument<'py>(
    py: Python<'py>,
    function: &str,
    name: &str,
    args: *const *mut PyObject,
    count: Py_ssize_t,
    keywords: *mut PyObject,
) -> PyResult<Option<Bound<'py, PyAny>>> {
    // SAFETY: the caller's.
    unsafe {
        let named = if keywords.is_null() { 0 } else { ffi::PyTuple_Size(keywords) };
        if count + named > 1 {
            return Err(PyTypeError::new_err(format!("{function}() takes at most 1 argument, not {}", count + named)));
        }
        if named == 1 {
            let given = Borrowed::from_ptr(py, ffi::PyTuple_GetItem(keywords, 0)).to_string();
            if given != name {
                return Err(PyTypeError::new_err(format!("{function}() got an unexpected keyword argument {given:?}")));
            }
        }
        Ok(if count + named == 1 { Some(Bound::from_borrowed_ptr(py, *args)) } else { None })
    }
}

unsafe extern "C" fn allow_break(
    object: *mut PyObject,
    args: *const *mut PyObject,
    count: Py_ssize_t,
    keywords: *mut PyObject,
) -> *mut PyObject {
    guarded(ptr::null_mut(), |py| {
        // SAFETY: an instance of ours; arguments as the interpreter gives them.
        unsafe {
            let renew = if count == 0 && keywords.is_null() {
                true
            } else {
                let renew = only_argument(py, "allow_break", "renew", args, count, keywords)?;
                renew.map_or(Ok(true), |renew| renew.is_truthy())?
            };
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

unsafe extern "C" fn repr(object: *mut PyObject) -> *mut PyObject {
    guarded(ptr::null_mut(), |py| {
        // SAFETY: an instance of ours.
        let this = unsafe { inner(object) };
        let mut text = String::from("ShutdownProtection(");
        if let Some(time) = this.asked.time {
            text +=
                &format!("{}={}", if this.asked.drain { "drain_time" } else { "max_exec_time" }, time.as_secs_f64());
        }
        if let Some(name) = &this.asked.name {
            text += &format!("{}name={}", if text.ends_with('(') { "" } else { ", " }, seconds::shown(name.bind(py)));
        }
        if this.asked.run_at_exit {
            text += if text.ends_with('(') { "run_at_exit=True" } else { ", run_at_exit=True" };
        }
        text.push(')');
        Ok(PyString::new(py, &text).into_any().into_ptr())
    })
}

unsafe extern "C" fn get(object: *mut PyObject, which: *mut c_void) -> *mut PyObject {
    guarded(ptr::null_mut(), |py| {
        // SAFETY: an instance of ours.
        let asked = unsafe { &inner(object).asked };
        let seconds = asked.time.map(|time| time.as_secs_f64());
        let value = match which as usize {
            0 => seconds.filter(|_| !asked.drain).into_pyobject(py)?.into_any(),
            1 => asked.run_at_exit.into_pyobject(py)?.to_owned().into_any(),
            2 => asked.name.as_ref().map(|name| name.clone_ref(py)).into_pyobject(py)?.into_any(),
            _ => seconds.filter(|_| asked.drain).into_pyobject(py)?.into_any(),
        };
        Ok(value.into_ptr())
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
    let entry = this.first.as_ref().or(this.rest.last());
    // SAFETY: the entry's own reference, or null.
    let code = entry.and_then(|entry| unsafe { Bound::from_borrowed_ptr_or_opt(py, entry.code()) });
    (name, code)
}

static TYPE: std::sync::atomic::AtomicPtr<PyObject> = std::sync::atomic::AtomicPtr::new(ptr::null_mut());

const DOC: &CStr = c"ShutdownProtection(max_exec_time=None, run_at_exit=False, *, name=None, drain_time=None)
--

A block of code that a request to exit does not interrupt.

    with ShutdownProtection(4) as block:
        ...                  # SIGINT, SIGTERM, SIGQUIT and SIGHUP wait, for 4 seconds at the most
        block.allow_break()  # here the program may be stopped; if not, the block has 4 seconds again
        ...

max_exec_time: seconds, or a timedelta; None: the configured one (89.5 s).
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

fn method(name: &'static CStr, pointer: ffi::PyMethodDefPointer, flags: c_int, doc: &'static CStr) -> ffi::PyMethodDef {
    ffi::PyMethodDef { ml_name: name.as_ptr(), ml_meth: pointer, ml_flags: flags, ml_doc: doc.as_ptr() }
}

fn property(name: &'static CStr, which: usize, doc: &'static CStr) -> ffi::PyGetSetDef {
    ffi::PyGetSetDef {
        name: name.as_ptr(),
        get: Some(get),
        set: None,
        doc: doc.as_ptr(),
        closure: which as *mut c_void,
    }
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
        property(c"max_exec_time", 0, c"Seconds, or None: the configured time, or a drain_time."),
        property(c"run_at_exit", 1, c"Does it start although a shutdown is pending?"),
        property(c"name", 2, c"Its name, or None."),
        property(c"drain_time", 3, c"Seconds from the event on, or None."),
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
    TYPE.store(kind.clone().into_ptr(), std::sync::atomic::Ordering::Relaxed);
    module.add("ShutdownProtection", kind)
}
