//! The interpreter's side of the handlers.
//!
//! The engine's handlers lie on top, so that every event is counted when it comes, whatever the interpreter does. Beneath
//! them Python knows [`on_signal`] as the handler, set through `signal.signal`, so that `getsignal` tells the truth. It runs
//! when the engine wants the main thread to take its turn; or for an event of its own, where somebody put Python's handler
//! on top again.

use std::sync::atomic::{AtomicU8, AtomicU32, Ordering};

use pyo3::ffi;
use pyo3::prelude::*;
use pyo3::sync::PyOnceLock;
use shutdown_protection::{ShutdownEvent as Event, face};

use crate::events::of_number;
use crate::os::signals::{SIGNALS, number};
use crate::protection::attached;
use crate::{default_handler, interpreter, quiet, turn};

mod install;

pub(crate) use install::{
    install, install_in_main, is_installing, leave, look, refresh, restore, stand_in_cell, waits_for_main,
};

/// By event: the handler does what the default action would; it is no guest.
static DEFAULTS: AtomicU8 = AtomicU8::new(0);
/// By event: what stood before is none of Python's, but of C code.
static OTHERS: AtomicU8 = AtomicU8::new(0);
/// By event: Python's handler is ours.
static OURS: AtomicU8 = AtomicU8::new(0);
static ON_SIGNAL: PyOnceLock<Py<PyAny>> = PyOnceLock::new();

fn our_handler(py: Python<'_>) -> PyResult<&Py<PyAny>> {
    ON_SIGNAL.get_or_try_init(py, || {
        let module = PyModule::new(py, "graceful_shutdown._native")?;
        Ok(wrap_pyfunction!(on_signal, &module)?.into_any().unbind())
    })
}

/// Python's handler: the main thread's turn.
#[pyfunction]
#[pyo3(name = "_on_signal")]
fn on_signal(py: Python<'_>, signum: i32, _frame: Option<Bound<'_, PyAny>>) -> PyResult<()> {
    // Two trips can make two calls of one, and one of two. So what tells an event from a trip is which handler the system has
    // called: while the engine's is on top, events do not come here.
    let tripped = interpreter::take_tripped();
    if let Some(event) = of_number(signum).filter(|event| !tripped && (is_installing() || !face::is_on_top(*event))) {
        face::event_came(event);
        let _ = face::put_on_top();
    }
    if quiet::defers() {
        return Ok(());
    }
    call_guests_again(py)?;
    turn::between_bytecodes(py)
}

/// The same where no signal's handler in Python is ours.
pub(crate) extern "C" fn pending_turn(_: *mut std::ffi::c_void) -> std::ffi::c_int {
    if quiet::defers() {
        return 0;
    }
    attached(|py| match turn::between_bytecodes(py) {
        Ok(()) => 0,
        Err(error) => {
            error.restore(py);
            -1
        }
    })
}

/// By event: how often a guest is to be called once more: the interpreter makes one call of several at once.
static AGAIN: [AtomicU32; SIGNALS.len()] = [const { AtomicU32::new(0) }; SIGNALS.len()];

/// In a signal handler.
pub(crate) fn call_again(event: Event, times: u32) {
    let is_pythons = |index: &usize| OTHERS.load(Ordering::SeqCst) & (1 << index) == 0;
    let index = SIGNALS.iter().position(|known| *known == event).filter(is_pythons);
    if let Some(again) = index.and_then(|index| AGAIN.get(index)) {
        again.fetch_add(times, Ordering::SeqCst);
        if !trip_ours() {
            again.fetch_sub(times, Ordering::SeqCst);
        }
    }
}

/// Calls the guests, each as often as its events are left.
fn call_guests_again(py: Python<'_>) -> PyResult<()> {
    for (event, again) in SIGNALS.into_iter().zip(&AGAIN) {
        let (times, Some(signum)) = (again.swap(0, Ordering::SeqCst), number(event)) else { continue };
        for left in (0..times).rev() {
            let handler = py.import("_signal")?.call_method1("getsignal", (signum,))?;
            // SAFETY: borrowed from the running thread, or null.
            let frame = unsafe { Bound::from_borrowed_ptr_or_opt(py, ffi::PyEval_GetFrame().cast()) };
            if handler.is_callable() {
                handler.call1((signum, frame)).inspect_err(|_| _ = again.fetch_add(left, Ordering::SeqCst))?;
            }
        }
    }
    Ok(())
}

/// Before the main thread has run: the signal whose handler is borrowed.
pub(crate) fn default_signal() -> Option<i32> {
    let index = SIGNALS.iter().position(|event| *event == Event::SigInt)?;
    let is_default = DEFAULTS.load(Ordering::SeqCst) & (1 << index) != 0;
    number(Event::SigInt).filter(|_| is_default && default_handler::wakes_main())
}

/// So many threads and signal handlers are about to trip our handler.
static TRIPPING: AtomicU32 = AtomicU32::new(0);

/// Trips a handler of ours, from any thread or a signal handler; `false`: none stands.
pub(crate) fn trip_ours() -> bool {
    // Before it is seen that one stands, until it has been tripped: `withdraw` waits for it.
    TRIPPING.fetch_add(1, Ordering::SeqCst);
    let signum = tripping_signal();
    if let Some(signum) = signum {
        interpreter::trip(signum);
    }
    TRIPPING.fetch_sub(1, Ordering::SeqCst);
    signum.is_some()
}

/// Before our handlers in Python go. What is tripped behind this is none of ours; what was before, `signal.signal` calls before
/// it replaces the handler. Tripped in between, it would be printed and dropped ("ignored due to race condition").
fn withdraw() {
    OURS.store(0, Ordering::SeqCst);
    // Of this thread's own signal handlers none is in the midst of it, and others' need nothing that this thread holds.
    while TRIPPING.load(Ordering::SeqCst) != 0 {
        std::thread::yield_now();
    }
}

/// In the child of a fork: the threads that were about to are not there.
#[cfg(unix)]
pub(crate) fn forked() {
    TRIPPING.store(0, Ordering::SeqCst);
}

/// A signal whose handler in Python is ours: tripping it runs no code of others.
fn tripping_signal() -> Option<i32> {
    let ours = OURS.load(Ordering::SeqCst);
    // Whoever installs a handler through Python takes ours from the top.
    let of_ours = |(index, event): &(usize, Event)| ours & (1 << index) != 0 && face::is_on_top(*event);
    SIGNALS.into_iter().enumerate().rev().find(of_ours).and_then(|(_, event)| number(event))
}

/// Is one of our handlers in Python to be tripped?
#[cfg(unix)]
pub(crate) fn is_ours_standing() -> bool {
    tripping_signal().is_some()
}

pub(crate) fn stands_for_default(signum: i32) -> bool {
    let index = SIGNALS.iter().position(|event| number(*event) == Some(signum));
    index.is_some_and(|index| DEFAULTS.load(Ordering::SeqCst) & (1 << index) != 0)
}
