//! The life of the interpreter around the engine: when threads of ours may use it, fork, and the way out (C23, C28, C29).

use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::time::Duration;

use pyo3::intern;
use pyo3::prelude::*;
use shutdown_protection::face::{self, Occasion};

use crate::imports::import;
use crate::os::{fork, process};
use crate::quiet::quietly;
use crate::{present, signals, told};

/// The main thread's code has ended: no exception finds anybody any more.
static EXITING: AtomicBool = AtomicBool::new(false);
/// The interpreter is about to be finalized: no thread of ours may enter it.
static OVER: AtomicBool = AtomicBool::new(false);
/// Threads of ours that are in the interpreter, or about to enter.
static INSIDE: AtomicUsize = AtomicUsize::new(0);
/// The interpreter tells us of forks, and of the exit.
static FORKS_WATCHED: AtomicBool = AtomicBool::new(false);
static EXIT_WATCHED: AtomicBool = AtomicBool::new(false);

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
    import(py, "graceful_shutdown._threads")?.call_method0("be_quiet")?;
    let (atexit, threading) = (import(py, "atexit")?, import(py, "threading")?);
    if EXIT_WATCHED.swap(true, Ordering::SeqCst) {
        return Ok(());
    }
    let module = PyModule::new(py, "graceful_shutdown._native")?;
    let behind = Py::new(py, BehindTheExit)?;
    atexit.call_method1("register", (wrap_pyfunction!(at_exit, &module)?, behind))?;
    // Called when the main thread's code has ended, before the other threads are joined; no public function tells.
    if let Ok(register) = threading.getattr("_register_atexit") {
        let _ = register.call1((wrap_pyfunction!(code_has_ended, &module)?,));
    }
    Ok(())
}

/// Once; before the first thing that a fork must not cut in two.
pub(crate) fn watch_forks(py: Python<'_>) -> PyResult<()> {
    if !FORKS_WATCHED.swap(true, Ordering::SeqCst) {
        fork::watch(py, &PyModule::new(py, "graceful_shutdown._native")?)?;
    }
    Ok(())
}

#[pyfunction]
fn code_has_ended(py: Python<'_>) {
    told::forget_what_was_handled(py, Occasion::Step);
    EXITING.store(true, Ordering::SeqCst);
}

/// Among the exit functions: behind those that were registered since the first use. Waits for the blocks of daemon threads.
#[pyfunction]
fn at_exit(py: Python<'_>, _behind: &Bound<'_, BehindTheExit>) {
    code_has_ended(py);
    face::attending(|| {
        face::exit_begins();
        wait_for_the_rest(py);
    });
}

/// A callback that is due runs here, with the lock; the waiting is without.
fn wait_for_the_rest(py: Python<'_>) {
    while !py.detach(face::exit_may_go_on) {
        face::turn_at_exit();
    }
}

/// What the interpreter lets go of when all exit functions have run, those too that were registered before ours and run
/// behind it: it is an argument of ours, and `atexit` keeps the arguments until then.
#[pyclass(frozen)]
struct BehindTheExit;

impl Drop for BehindTheExit {
    fn drop(&mut self) {
        // SAFETY: may be called at any time.
        let is_whole = unsafe { pyo3::ffi::Py_IsInitialized() } != 0;
        if is_whole && is_exiting() {
            Python::try_attach(leave);
        }
    }
}

/// Before the interpreter is finalized.
fn leave(py: Python<'_>) {
    face::attending(|| wait_for_the_rest(py));
    // Without it, what comes from now on has the default action.
    let _ = signals::leave(py);
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
            import(py, "graceful_shutdown._processes")?.call_method0("end_as_told")?;
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
    crate::imports::forked();
    crate::interpreter::forked();
    told::forked();
    crate::owner::forked();
    // Where the parent has not come so far, nothing is installed here either (C8).
    if EXIT_WATCHED.load(Ordering::SeqCst) { signals::install(py) } else { Ok(()) }
}
