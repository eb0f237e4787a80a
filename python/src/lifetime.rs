//! The life of the interpreter around the engine: when threads of ours may use it, fork, and the way out (C23, C28, C29).

use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::time::Duration;

use pyo3::intern;
use pyo3::prelude::*;
use shutdown_protection::face;

use crate::os::{fork, process};
use crate::quiet::quietly;
use crate::{present, signals, told};

/// The main thread's code has ended: no exception finds anybody any more.
static EXITING: AtomicBool = AtomicBool::new(false);
/// The interpreter is about to be finalized: no thread of ours may enter it.
static OVER: AtomicBool = AtomicBool::new(false);
/// Threads of ours that are in the interpreter, or about to enter.
static INSIDE: AtomicUsize = AtomicUsize::new(0);
static WATCHING: AtomicBool = AtomicBool::new(false);

pub(crate) fn is_over() -> bool {
    OVER.load(Ordering::SeqCst)
}

pub(crate) fn is_exiting() -> bool {
    EXITING.load(Ordering::SeqCst)
}

/// Runs a job with the interpreter in a helper thread. Without a thread, or without an interpreter, not at all.
pub(crate) fn with_python(name: &str, job: impl FnOnce(Python<'_>) + Send + 'static) {
    let _ = face::run_elsewhere(name, Box::new(move || attached(job)));
}

/// Runs a job with the interpreter in this thread, which is one of ours.
pub(crate) fn attached(job: impl FnOnce(Python<'_>)) {
    INSIDE.fetch_add(1, Ordering::SeqCst);
    // Behind the count: `at_exit` first says that it is over, then waits for the count.
    if !is_over() {
        Python::try_attach(job);
    }
    INSIDE.fetch_sub(1, Ordering::SeqCst);
}

/// Registers with the interpreter. Once; but for the hook of threads, which each comer puts in its place: a thread that goes on
/// while another is still at it may be interrupted before that one is done, and would print a traceback.
pub(crate) fn watch(py: Python<'_>) -> PyResult<()> {
    py.import("graceful_shutdown._threads")?.call_method0("be_quiet")?;
    if WATCHING.swap(true, Ordering::SeqCst) {
        return Ok(());
    }
    let module = PyModule::new(py, "graceful_shutdown._native")?;
    py.import("atexit")?.call_method1("register", (wrap_pyfunction!(at_exit, &module)?,))?;
    // Called when the main thread's code has ended, before the other threads are joined; no public function tells.
    let threading = py.import("threading")?;
    if let Ok(register) = threading.getattr("_register_atexit") {
        let _ = register.call1((wrap_pyfunction!(code_has_ended, &module)?,));
    }
    fork::watch(py, &module)?;
    Ok(())
}

#[pyfunction]
fn code_has_ended(py: Python<'_>) {
    told::forget_what_was_handled(py);
    EXITING.store(true, Ordering::SeqCst);
}

/// The last of the exit functions, since it was registered first. Waits for the blocks of daemon threads.
#[pyfunction]
fn at_exit(py: Python<'_>) -> PyResult<()> {
    told::forget_what_was_handled(py);
    EXITING.store(true, Ordering::SeqCst);
    face::attending(|| {
        // A callback that is due runs here, with the lock; the waiting is without.
        face::exit_begins();
        while !py.detach(face::exit_may_go_on) {
            face::turn_at_exit();
        }
    });
    signals::leave(py)?;
    face::finished();
    py.detach(end);
    if told::ends_uncaught(py) {
        // Whatever error of its own the program had on the way, and has handled.
        face::raised(false);
        // An interpreter that nobody has kept from a KeyboardInterrupt dies by SIGINT behind all exit functions, whatever the
        // status is to be; and 3.10 not always.
        // SAFETY: registers a static function.
        unsafe { pyo3::ffi::Py_AtExit(Some(exit_before)) };
    }
    Ok(())
}

/// C19: ends the process before that; the engine gives it its status.
extern "C" fn exit_before() {
    process::exit(face::configured_status().unwrap_or(0))
}

/// No thread of ours enters the interpreter from now on; those that are in it are waited for, a second at the most. One that
/// meets the finalization is stopped there for ever: a second time it would be waited for in vain.
pub(crate) fn end() {
    if OVER.swap(true, Ordering::SeqCst) {
        return;
    }
    for _ in 0..200 {
        if INSIDE.load(Ordering::SeqCst) == 0 {
            break;
        }
        std::thread::sleep(Duration::from_millis(5));
    }
}

/// C19: a child of `multiprocessing` is ended by `os._exit`, with the code of the exception. Its parent is to see the signal.
pub(crate) fn end_child_as_told(py: Python<'_>) {
    let Some(process) = present::module(intern!(py, "multiprocessing.process")) else { return };
    let end = || -> PyResult<()> {
        if !process.call_method0("parent_process")?.is_none() {
            py.import("graceful_shutdown._processes")?.call_method0("end_as_told")?;
        }
        Ok(())
    };
    // Without it the parent sees the code.
    let _ = quietly(end);
}

/// The process ends with this status, by `os._exit`.
#[pyfunction]
#[pyo3(name = "_end_by_status")]
pub(crate) fn end_by_status(py: Python<'_>, status: i32) {
    if told::has_raised(status) {
        py.detach(|| face::end_by_status(status));
    }
}

/// C23: the child of a fork starts clean, and with handlers that work.
#[cfg(unix)]
pub(crate) fn forked(py: Python<'_>) -> PyResult<()> {
    INSIDE.store(0, Ordering::SeqCst);
    OVER.store(false, Ordering::SeqCst);
    EXITING.store(false, Ordering::SeqCst);
    crate::interpreter::forked();
    told::forked();
    crate::owner::forked();
    signals::install(py)
}
