//! Waking the main thread, without the interpreter lock, in two steps.
//!
//! A Python signal handler of ours is tripped, which the interpreter runs at its next check; and a private signal, whose handler
//! does that and does not restart system calls, makes a blocked call return, so that the check comes. Without the second step
//! no sleep, lock or read would ever be interrupted.

use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};

use pyo3::ffi;
use pyo3::intern;
use pyo3::prelude::*;
use shutdown_protection::face;

use super::private;
use crate::imports::import;
use crate::{interpreter, present, signals};

/// The main thread, as `pthread_kill` takes it.
static MAIN: AtomicU64 = AtomicU64::new(0);

/// Makes the main thread run what was queued for it, if it waits for a lock.
pub(crate) fn nudge_main() {
    if let Some((main, signal)) = way_to_main() {
        // SAFETY: the main thread lives as long as the process runs Python; the signal has our handler.
        unsafe { libc::pthread_kill(main, signal) };
    }
}

/// The main thread is to take its turn.
static WANTED: AtomicBool = AtomicBool::new(false);

/// In the main thread: trips the handler. Up to CPython 3.12 only the main thread's own call makes a running program look.
/// Which handler stands is seen here, not by who wakes: the main thread may have replaced it since.
pub(super) extern "C" fn on_private(_: libc::c_int) {
    if WANTED.swap(false, Ordering::SeqCst) {
        // It writes to the interpreter's wakeup descriptor.
        face::keeping_errno(|| {
            if let (false, Some(signum)) = (signals::trip_ours(), signals::default_signal()) {
                interpreter::trip(signum);
            }
        });
    }
}

/// Remembers the main thread, and takes a private signal that nobody uses.
pub(crate) fn prepare(py: Python<'_>) -> PyResult<()> {
    let main = if face::is_main() {
        face::this_thread()
    } else if present::module(intern!(py, "gevent.monkey")).is_some() {
        // There `threading` may count greenlets. Until the main thread has come, it is woken without a signal.
        MAIN.load(Ordering::SeqCst)
    } else {
        import(py, "threading")?.call_method0("main_thread")?.getattr("ident")?.extract()?
    };
    MAIN.store(main, Ordering::SeqCst);
    private::main_is(face::is_main());
    private::take(private::blocked_in_main());
    Ok(())
}

/// Who is sent what; `None`: no signal can be had for it.
fn way_to_main() -> Option<(libc::pthread_t, libc::c_int)> {
    let main = MAIN.load(Ordering::SeqCst);
    if main == 0 {
        return None;
    }
    // One that has not been met since it was sent last: it may be kept back for good.
    let blocked = if WANTED.load(Ordering::SeqCst) { private::blocked_in_main() } else { 0 };
    private::present(blocked).map(|signal| (main as libc::pthread_t, signal))
}

/// Makes the main thread take its turn.
pub(crate) fn wake_main() {
    let way = way_to_main();
    let stands = if way.is_some() { signals::is_ours_standing() } else { signals::trip_ours() };
    // SAFETY: neither needs the interpreter lock (documented so): the one queues a static function, the other is the system's.
    // The main thread lives as long as the process runs Python; the signal has our handler.
    unsafe {
        if !stands {
            ffi::Py_AddPendingCall(Some(signals::pending_turn), std::ptr::null_mut());
        }
        if let Some((main, signal)) = way {
            WANTED.store(true, Ordering::SeqCst);
            libc::pthread_kill(main, signal);
        }
    }
}

/// In the child of a fork.
pub(crate) fn forked() {
    WANTED.store(false, Ordering::SeqCst);
    private::main_is(false);
}
