//! The exceptions of the end, and whether one of them is being handled.
//!
//! None of what a thread does here runs Python code. A daemon thread that does, within native code, while the interpreter is
//! finalized would be unwound by `pthread_exit` there (CPython before 3.14), which aborts the process.
//!
//! Each carries the [`ShutdownEvent`] as its attribute `event`; by that it is known again.

use std::sync::atomic::{AtomicBool, AtomicI32, AtomicU64, Ordering};
use std::sync::{Mutex, PoisonError};

use pyo3::exceptions::{PyKeyboardInterrupt, PySystemExit};
use pyo3::ffi;
use pyo3::intern;
use pyo3::prelude::*;
use shutdown_protection::face::{self, Occasion, Told};
use shutdown_protection::{Interrupted, ShutdownEvent as Event};

use crate::events::{self, ShutdownEvent, ShutdownInterrupt};
use crate::imports::import;
use crate::owner::{self, Library};
use crate::quiet::quietly;
use crate::{frames, lifetime, present};

/// The exception was handed to an event loop, which has not raised it yet.
static SCHEDULED: AtomicBool = AtomicBool::new(false);
/// The end was delivered where nothing can be raised any more.
static ON_THE_WAY_OUT: AtomicBool = AtomicBool::new(false);
/// The main thread's own error that ended its block while a shutdown was pending (C10): the number that it bears as an attribute;
/// 0: there was none. To keep it would keep all that its traceback refers to; and its address may be another one's later.
static OWN_ERROR: AtomicU64 = AtomicU64::new(0);
/// The status that this error gives; -1: none.
static OWN_STATUS: AtomicI32 = AtomicI32::new(-1);
/// What `before_termination` gave to `SystemExit`.
static STATUS: Mutex<Option<Py<PyAny>>> = Mutex::new(None);

/// The main thread meets what it was told (C17, C19). `None`: it is too late, or told already.
pub(crate) fn take(py: Python<'_>, told: Told) -> Option<PyErr> {
    let chosen = chosen(py);
    face::taken_and_raised(told, chosen.is_some()).then(|| made(py, told, chosen))
}

/// What it meets where it has taken it already: it was handed to an event loop, or it was swallowed.
pub(crate) fn exception(py: Python<'_>, told: Told) -> PyErr {
    let chosen = chosen(py);
    face::raised(chosen.is_some());
    made(py, told, chosen)
}

fn chosen(py: Python<'_>) -> Option<Py<PyAny>> {
    STATUS.lock().unwrap_or_else(PoisonError::into_inner).as_ref().map(|status| status.clone_ref(py))
}

fn made(py: Python<'_>, told: Told, chosen: Option<Py<PyAny>>) -> PyErr {
    SCHEDULED.store(false, Ordering::SeqCst);
    OWN_ERROR.store(0, Ordering::SeqCst);
    OWN_STATUS.store(-1, Ordering::SeqCst);
    lifetime::end_child_as_told(py);
    let error = match chosen {
        Some(status) => py.get_type::<PySystemExit>().call1((status,)),
        None if told.interrupt => py.get_type::<PyKeyboardInterrupt>().call0(),
        None => py.get_type::<PySystemExit>().call1((code(told.event),)),
    };
    with_event(error, told.event)
}

/// The status of the event, or as configured.
fn code(event: Event) -> i32 {
    let code = face::status(event);
    match raised(code) {
        Some((word, bit)) => _ = word.fetch_or(bit, Ordering::SeqCst),
        None => RAISED_WIDE.store(code, Ordering::SeqCst),
    }
    code
}

/// By status, a bit each: our exceptions have had it. The one that ends the program need not be the last.
static RAISED: [AtomicU64; 4] = [const { AtomicU64::new(0) }; 4];
/// Windows: the last one that is wider than that; 0: there was none. Only a change of the configuration makes two.
static RAISED_WIDE: AtomicI32 = AtomicI32::new(0);

fn raised(status: i32) -> Option<(&'static AtomicU64, u64)> {
    let status = u8::try_from(status).ok()?;
    Some((&RAISED[usize::from(status >> 6)], 1 << (status & 63)))
}

pub(crate) fn has_raised(status: i32) -> bool {
    raised(status).map_or_else(
        || RAISED_WIDE.load(Ordering::SeqCst) == status,
        |(word, bit)| word.load(Ordering::SeqCst) & bit != 0,
    )
}

/// What another thread meets.
pub(crate) fn thread_exception(py: Python<'_>, interrupted: Interrupted) -> PyErr {
    owner::hold_loops(py);
    let event = interrupted.event();
    let kind = events::interrupt(py, owner::running(py) == Some(Library::Asyncio));
    with_event(kind.call1((code(event),)), event)
}

/// What a task meets. The library notes that it was told: its end must not cancel it a second time, in the middle of its rolling
/// back.
pub(crate) fn task_exception(py: Python<'_>, library: Library, interrupted: Interrupted) -> PyErr {
    let event = interrupted.event();
    let made = import(py, library.module()).and_then(|module| module.call_method1("interruption", (code(event),)));
    with_event(made, event)
}

/// Made at once: PyO3 makes an error that it is asked for later without the interpreter lock in between, which a daemon thread
/// may not get again.
fn with_event(exception: PyResult<Bound<'_, PyAny>>, event: Event) -> PyErr {
    let made = || {
        let exception = exception?;
        let py = exception.py();
        exception.setattr(intern!(py, "event"), events::object(py, event)?)?;
        Ok(PyErr::from_value(exception))
    };
    made().unwrap_or_else(|error: PyErr| error)
}

/// `before_termination` has raised `SystemExit`: its code is the program's status (C16).
pub(crate) fn choose_status(code: Py<PyAny>) {
    set_status(Some(code));
}

/// What was there goes without the lock.
fn set_status(code: Option<Py<PyAny>>) {
    let former = std::mem::replace(&mut *STATUS.lock().unwrap_or_else(PoisonError::into_inner), code);
    drop(former);
}

/// Is it one of ours?
pub(crate) fn is_ours(exception: &Bound<'_, PyAny>) -> bool {
    let py = exception.py();
    exception.is_instance_of::<ShutdownInterrupt>()
        || exception.getattr(intern!(py, "event")).is_ok_and(|event| event.is_instance_of::<ShutdownEvent>())
}

/// C12, C20, C28: must nothing be raised in this thread at a breakpoint or at the end of a block? It runs a callback or a finalizer,
/// it handles what was delivered, or the main thread's code has ended.
pub(crate) fn is_past(py: Python<'_>) -> bool {
    face::is_in_callback() || is_handling(py) || is_in_finalizer(py) || lifetime::is_exiting() && face::is_main()
}

/// C22: nothing is raised in a finalizer, where it would only be printed.
pub(crate) fn is_in_finalizer(py: Python<'_>) -> bool {
    frames::outwards(py).any(|frame| frames::is_call_of(&frame, intern!(py, "__del__")))
}

/// The exceptions that this thread is handling: the latest, and those in whose handling it was raised.
fn handled_here(py: Python<'_>) -> impl Iterator<Item = Bound<'_, PyAny>> {
    let (mut kind, mut value, mut traceback) = (std::ptr::null_mut(), std::ptr::null_mut(), std::ptr::null_mut());
    // SAFETY: the pointers are to locals, which get new references, or null.
    let first = unsafe {
        ffi::PyErr_GetExcInfo(&raw mut kind, &raw mut value, &raw mut traceback);
        ffi::Py_XDECREF(kind);
        ffi::Py_XDECREF(traceback);
        Bound::from_owned_ptr_or_opt(py, value)
    };
    let first = first.filter(|first| !first.is_none());
    // A bound: contexts can be made to go in a circle.
    std::iter::successors(first, move |exception| {
        exception.getattr(intern!(py, "__context__")).ok().filter(|context| !context.is_none())
    })
    .take(100)
}

/// Is what was delivered being handled in this thread (C12)?
pub(crate) fn is_handling(py: Python<'_>) -> bool {
    handled_here(py).any(|exception| is_ours(&exception))
}

/// C10: the main thread's own error has ended its block; what is pending it meets when that has been handled.
pub(crate) fn note_own_error(error: &Bound<'_, PyAny>) {
    static NUMBERS: AtomicU64 = AtomicU64::new(1);
    let number = NUMBERS.fetch_add(1, Ordering::SeqCst);
    if error.setattr(intern!(error.py(), NUMBER), number).is_ok() {
        OWN_ERROR.store(number, Ordering::SeqCst);
    }
    let code = error.cast::<PySystemExit>().ok().and_then(|exit| exit.getattr("code").ok());
    let status = code.map_or(1, |code| if code.is_none() { 0 } else { code.extract().unwrap_or(1) });
    OWN_STATUS.store(status, Ordering::SeqCst);
}

/// The attribute of such an error.
const NUMBER: &str = "_graceful_shutdown_number";

/// What an error of the program's own ends it with; `None`: there was none.
pub(crate) fn own_status() -> Option<i32> {
    let status = OWN_STATUS.load(Ordering::SeqCst);
    (status >= 0).then_some(status)
}

/// Also while the interpreter shows it, since nobody has handled it: then nothing can be raised any more.
pub(crate) fn own_error_is_being_handled(py: Python<'_>) -> bool {
    let noted = OWN_ERROR.load(Ordering::SeqCst);
    if noted == 0 {
        return false;
    }
    let number = |error: Bound<'_, PyAny>| error.getattr(intern!(py, NUMBER)).ok()?.extract::<u64>().ok();
    let shown = || present::of_sys(intern!(py, "last_value"));
    quietly(|| handled_here(py).chain(shown()).any(|error| number(error) == Some(noted)))
}

/// Will an event loop raise it?
pub(crate) fn schedule(scheduled: bool) {
    SCHEDULED.store(scheduled, Ordering::SeqCst);
}

/// C26: a `KeyboardInterrupt` that was raised and is not being handled any more is over, where the rules let this conclude it.
/// In the main thread.
///
/// In a finalizer nothing is concluded: the unwinding itself may run it, and then the exception is on its way to the code that
/// handles it, where nobody can see it.
pub(crate) fn forget_what_was_handled(py: Python<'_>, occasion: Occasion) {
    if face::concludes(occasion) {
        quietly(|| forget_if_handled(py));
    }
}

fn forget_if_handled(py: Python<'_>) {
    if SCHEDULED.load(Ordering::SeqCst) || ON_THE_WAY_OUT.load(Ordering::SeqCst) || is_handling(py) || is_uncaught(py) {
        face::handling();
    } else if !is_in_finalizer(py) {
        set_status(None);
        face::handled();
    }
}

/// Nobody has caught it: the interpreter has shown it, and exits. (An interactive one goes on.)
fn is_uncaught(py: Python<'_>) -> bool {
    present::of_sys(intern!(py, "last_value"))
        .is_some_and(|shown| is_ours(&shown) && present::of_sys(intern!(py, "ps1")).is_none())
}

/// Has nobody caught the `KeyboardInterrupt` of a shutdown?
pub(crate) fn ends_uncaught(py: Python<'_>) -> bool {
    let uncaught = || present::of_sys(intern!(py, "last_value"));
    face::told().is_some()
        && uncaught().is_some_and(|error| error.is_exact_instance_of::<PyKeyboardInterrupt>() && is_ours(&error))
}

/// It was taken where nothing can be raised: it decides the status all the same.
pub(crate) fn take_on_the_way_out() {
    ON_THE_WAY_OUT.store(true, Ordering::SeqCst);
}

/// In the child of a fork.
#[cfg(unix)]
pub(crate) fn forked() {
    SCHEDULED.store(false, Ordering::SeqCst);
    ON_THE_WAY_OUT.store(false, Ordering::SeqCst);
    OWN_ERROR.store(0, Ordering::SeqCst);
    OWN_STATUS.store(-1, Ordering::SeqCst);
}
