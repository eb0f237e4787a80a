//! What the engine asks of the interpreter, without ever waiting for it.
//!
//! How the main thread is woken is the system's matter: `os::wake`.

use std::sync::atomic::{AtomicBool, Ordering};

use shutdown_protection::ShutdownEvent as Event;
use shutdown_protection::face::{self, Face};

use crate::os::{fork, signals::number, wake};
use crate::{lifetime, owner, signals, told};

pub(crate) struct Interpreter;

pub(crate) fn adopt() {
    face::adopt(&Interpreter);
}

/// We have tripped the interpreter's handler, which has not been called for it yet: what comes there is not an event.
static TRIPPED: AtomicBool = AtomicBool::new(false);

/// Was it we who tripped the handler?
pub(crate) fn take_tripped() -> bool {
    TRIPPED.swap(false, Ordering::SeqCst)
}

/// Trips the interpreter's handler for us, from any thread or a signal handler of ours.
pub(crate) fn trip(signum: i32) {
    TRIPPED.store(true, Ordering::SeqCst);
    // SAFETY: async-signal-safe (documented so).
    unsafe { pyo3::ffi::PyErr_SetInterruptEx(signum) };
}

impl Face for Interpreter {
    fn wake_main(&self) {
        if lifetime::is_over() {
            return;
        }
        wake::wake_main();
    }

    fn process_exits(&self) {
        lifetime::end();
    }

    fn has_raised(&self, status: i32) -> bool {
        told::has_raised(status)
    }

    fn is_installing(&self) -> bool {
        signals::is_installing()
    }

    fn guest_called(&self, event: Event, times: u32) {
        signals::call_again(event, times - 1);
    }

    fn came_again(&self) {
        if !lifetime::is_over() {
            let _ = signals::trip_ours();
        }
    }

    fn interrupt(&self, threads: Vec<u64>, tasks: Vec<u64>) {
        lifetime::with_python("shutdown-lapse", move |py| {
            owner::interrupt_threads(py, threads, || tasks.into_iter().for_each(|task| owner::cancel_task(py, task)));
        });
    }

    fn stands_for_default(&self, event: Event) -> bool {
        number(event).is_some_and(signals::stands_for_default)
    }

    fn announce(&self) {
        if fork::was_by_a_thread() {
            return;
        }
        lifetime::attached(crate::callbacks::log_held);
    }
}

/// In the child of a fork.
#[cfg(unix)]
pub(crate) fn forked() {
    TRIPPED.store(false, Ordering::SeqCst);
    signals::forked();
    wake::forked();
}
