//! Waking the main thread, without the interpreter lock, in two steps.
//!
//! A Python signal handler of ours is tripped, which the interpreter runs at its next check; and a private signal, whose handler
//! does that and does not restart system calls, makes a blocked call return, so that the check comes. Without the second step
//! no sleep, lock or read would ever be interrupted.

use std::sync::atomic::{AtomicBool, AtomicI32, AtomicU64, Ordering};

use pyo3::ffi;
use pyo3::intern;
use pyo3::prelude::*;
use shutdown_protection::face;

use crate::imports::import;
use crate::{interpreter, present, signals};

/// The main thread, as `pthread_kill` takes it.
static MAIN: AtomicU64 = AtomicU64::new(0);
/// The private signal; 0: none is to be had.
static PRIVATE: AtomicI32 = AtomicI32::new(0);
/// Makes the main thread run what was queued for it, if it waits for a lock.
pub(crate) fn nudge_main() {
    let main = MAIN.load(Ordering::SeqCst);
    if main != 0 && is_private_ours() {
        // SAFETY: the main thread lives as long as the process runs Python; the signal has our handler.
        unsafe { libc::pthread_kill(main as libc::pthread_t, PRIVATE.load(Ordering::SeqCst)) };
    }
}

/// The main thread is to take its turn.
static WANTED: AtomicBool = AtomicBool::new(false);

/// In the main thread: trips the handler. Up to CPython 3.12 only the main thread's own call makes a running program look.
/// Which handler stands is seen here, not by who wakes: the main thread may have replaced it since.
extern "C" fn on_private(_: libc::c_int) {
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
    take_private_signal();
    Ok(())
}

fn take_private_signal() {
    if is_private_ours() {
        return;
    }
    for signal in candidates() {
        // SAFETY: the actions are plain data of ours, valid when zeroed; a null action only asks.
        unsafe {
            let mut present: libc::sigaction = std::mem::zeroed();
            if libc::sigaction(signal, std::ptr::null(), &raw mut present) != 0 || present.sa_sigaction != libc::SIG_DFL
            {
                continue;
            }
            let mut action: libc::sigaction = std::mem::zeroed();
            action.sa_sigaction = on_private as *const () as libc::sighandler_t;
            // No SA_RESTART: to interrupt system calls is all that it is for.
            if libc::sigaction(signal, &raw const action, std::ptr::null_mut()) == 0 {
                PRIVATE.store(signal, Ordering::SeqCst);
                return;
            }
        }
    }
}

/// First one that is ignored by default: a program that replaces this one by `exec` inherits a signal that is still on its
/// way.
fn candidates() -> impl Iterator<Item = i32> {
    #[cfg(any(target_os = "linux", target_os = "android"))]
    let further = (libc::SIGRTMIN() + 1..=libc::SIGRTMAX()).rev().skip(2);
    #[cfg(not(any(target_os = "linux", target_os = "android")))]
    let further = [libc::SIGIO].into_iter();
    [libc::SIGURG].into_iter().chain(further)
}

/// Somebody may have taken the signal from us.
fn is_private_ours() -> bool {
    let signal = PRIVATE.load(Ordering::SeqCst);
    // SAFETY: a null action only asks; the other is ours.
    signal != 0
        && unsafe {
            let mut present: libc::sigaction = std::mem::zeroed();
            libc::sigaction(signal, std::ptr::null(), &raw mut present) == 0
                && present.sa_sigaction == on_private as *const () as libc::sighandler_t
        }
}

/// Makes the main thread take its turn.
pub(crate) fn wake_main() {
    let main = MAIN.load(Ordering::SeqCst);
    let reached = main != 0 && is_private_ours();
    let stands = if reached { signals::is_ours_standing() } else { signals::trip_ours() };
    // SAFETY: neither needs the interpreter lock (documented so): the one queues a static function, the other is the system's.
    // The main thread lives as long as the process runs Python; the signal has our handler.
    unsafe {
        if !stands {
            ffi::Py_AddPendingCall(Some(signals::pending_turn), std::ptr::null_mut());
        }
        if reached {
            WANTED.store(true, Ordering::SeqCst);
            libc::pthread_kill(main as libc::pthread_t, PRIVATE.load(Ordering::SeqCst));
        }
    }
}

/// In the child of a fork.
pub(crate) fn forked() {
    WANTED.store(false, Ordering::SeqCst);
}
