//! The exceptions of the end. Whether one of them is being handled: [`handled`].
//!
//! None of what a thread does here runs Python code, but for a loop that is to be held: then the interpreter is not finalized. A
//! daemon thread that runs it, within native code, while the interpreter is finalized would be unwound by `pthread_exit` there
//! (CPython before 3.14), which aborts the process.
//!
//! Each carries the [`ShutdownEvent`] as its attribute `event`; by that it is known again.

use std::sync::atomic::{AtomicBool, AtomicI32, AtomicU64, Ordering};
use std::sync::{Mutex, PoisonError};

use pyo3::exceptions::{PyKeyboardInterrupt, PySystemExit};
use pyo3::intern;
use pyo3::prelude::*;
use shutdown_protection::face::{self, Told};
use shutdown_protection::{Interrupted, ShutdownEvent as Event};

use crate::events::{self, ShutdownEvent, ShutdownInterrupt};
use crate::imports::import;
use crate::owner::{self, Library};
use crate::quiet::quietly;
use crate::{lifetime, present};

mod handled;

pub(crate) use handled::{
    ends_uncaught, forget_what_was_handled, is_in_finalizer, is_past, note_own_error, own_error_is_being_handled,
    own_status, take_on_the_way_out,
};

/// The exception was handed to an event loop, which has not raised it yet.
static SCHEDULED: AtomicBool = AtomicBool::new(false);
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
    handled::forget_own_error();
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

/// Is it the `CancelledError` of a task that we have told, and not what a thread is told by?
pub(crate) fn is_a_task_s(exception: &Bound<'_, PyAny>) -> bool {
    let py = exception.py();
    !exception.is_instance_of::<ShutdownInterrupt>()
        && present::module(intern!(py, "graceful_shutdown._asyncio")).is_some_and(|module| {
            quietly(|| module.call_method1("is_ours", (exception,))?.is_truthy()).unwrap_or(false)
        })
}

/// Will an event loop raise it?
pub(crate) fn schedule(scheduled: bool) {
    SCHEDULED.store(scheduled, Ordering::SeqCst);
}

/// In the child of a fork.
#[cfg(unix)]
pub(crate) fn forked() {
    SCHEDULED.store(false, Ordering::SeqCst);
    handled::forked();
}
