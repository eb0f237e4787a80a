//! `os.fork`: what is done before and behind it (C23).

use std::cell::Cell;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use pyo3::intern;
use pyo3::prelude::*;
use pyo3::types::PyDict;
use shutdown_protection::face;

use super::process;
use crate::{imports, lifetime, present};

/// Registers with the interpreter.
pub(crate) fn watch(py: Python<'_>, module: &Bound<'_, PyModule>) -> PyResult<()> {
    let posix = py.import("posix")?;
    let arguments = PyDict::new(py);
    arguments.set_item("before", wrap_pyfunction!(before_fork, module)?)?;
    if py.version_info() >= (3, 12) {
        arguments.set_item("after_in_parent", wrap_pyfunction!(after_fork, module)?)?;
    }
    arguments.set_item("after_in_child", wrap_pyfunction!(forked, module)?)?;
    posix.getattr("register_at_fork")?.call((), Some(&arguments))?;
    if face::is_main() && was_forked_by_a_thread(py) {
        FORKED_IN_THREAD.store(true, Ordering::SeqCst);
        end_with_this_thread();
    }
    Ok(())
}

/// Before we were told of forks: what `threading` takes for the main thread is one that it had started as another.
fn was_forked_by_a_thread(py: Python<'_>) -> bool {
    let Some(threading) = present::module(intern!(py, "threading")) else { return false };
    let is_main_by_birth = || threading.call_method0("main_thread")?.is_instance(&threading.getattr("_MainThread")?);
    // A version that has another name for it knows no such threads.
    !is_main_by_birth().unwrap_or(true)
}

thread_local! {
    /// This thread forks, and is not the main one. In the child it is the only one.
    static FORKS_AS_ANOTHER: Cell<bool> = const { Cell::new(false) };
}
/// This process was forked by such a thread: its main thread ends without the interpreter's own end.
static FORKED_IN_THREAD: AtomicBool = AtomicBool::new(false);

pub(crate) fn was_by_a_thread() -> bool {
    FORKED_IN_THREAD.load(Ordering::SeqCst)
}

/// In the child that a thread has forked: when that thread ends, which is the process's first now, nothing ends the process
/// but the end of all threads, ours too.
fn end_with_this_thread() {
    unsafe extern "C" fn ends(_: *mut std::ffi::c_void) {
        if face::is_pending() {
            process::exit(0);
        }
        let _ = face::pause();
    }
    let mut key = 0;
    // SAFETY: a static function; a value that is not null, so that it is called.
    unsafe {
        if libc::pthread_key_create(&raw mut key, Some(ends)) == 0 {
            libc::pthread_setspecific(key, std::ptr::dangling());
        }
    }
}

/// The supervisor was ended for a fork.
static PAUSED: AtomicBool = AtomicBool::new(false);

#[pyfunction]
fn before_fork(py: Python<'_>) {
    pause_if_alone(py);
    imports::wait_for_others(py);
}

/// From 3.12 on the interpreter warns of a fork in a process of several threads, as the system counts them
/// (https://docs.python.org/3/library/os.html#os.fork). A program that has one thread has no other during its fork because of
/// us.
fn pause_if_alone(py: Python<'_>) {
    let threads = || std::fs::read_dir("/proc/self/task").map_or(0, Iterator::count);
    let is_alone = || threads() == 1 + face::threads();
    FORKS_AS_ANOTHER.set(!face::is_main());
    if py.version_info() < (3, 12) || !face::is_main() {
        return;
    }
    // A helper thread that has just ended may be counted yet.
    let alone = py.detach(|| {
        is_alone()
            || face::is_pending()
                && (0..50).any(|_| {
                    std::thread::sleep(Duration::from_micros(200));
                    is_alone()
                })
    });
    if alone {
        PAUSED.store(py.detach(face::pause), Ordering::SeqCst);
    }
}

/// The interpreter counts behind this: the thread comes back when the program goes on.
#[pyfunction]
fn after_fork() {
    if PAUSED.swap(false, Ordering::SeqCst) {
        // SAFETY: queues a static function.
        let queued = unsafe { pyo3::ffi::Py_AddPendingCall(Some(resume), std::ptr::null_mut()) };
        if queued != 0 {
            resume(std::ptr::null_mut());
        }
    }
}

extern "C" fn resume(_: *mut std::ffi::c_void) -> std::ffi::c_int {
    // Without the thread an event would find nobody: a system that refuses it now has had it a moment ago.
    for _ in 0..1_000 {
        if face::resume().is_ok() {
            break;
        }
        std::thread::sleep(Duration::from_millis(1));
    }
    0
}

#[pyfunction]
fn forked(py: Python<'_>) -> PyResult<()> {
    PAUSED.store(false, Ordering::SeqCst);
    if FORKS_AS_ANOTHER.get() {
        FORKED_IN_THREAD.store(true, Ordering::SeqCst);
        end_with_this_thread();
    }
    lifetime::forked(py)
}
