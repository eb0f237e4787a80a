//! What the engine asks of the interpreter, without ever waiting for it.
//!
//! The main thread is woken in two steps. A Python signal handler of ours is tripped, which the interpreter runs at its
//! next check; and a private signal, whose handler does that and does not restart system calls, makes a blocked call
//! return, so that the check comes. Without the second step no sleep, lock or read would ever be interrupted.

use std::sync::atomic::{AtomicBool, AtomicI32, AtomicU64, Ordering};

use pyo3::prelude::*;
use shutdown_protection::ShutdownEvent as Event;
use shutdown_protection::face::{self, Face};

use crate::events::number;
use crate::{lifetime, owner, signals, told};

pub(crate) struct Interpreter;

pub(crate) fn adopt() {
    face::adopt(&Interpreter);
}

/// The main thread, as `pthread_kill` takes it.
static MAIN: AtomicU64 = AtomicU64::new(0);
/// The private signal; 0: none is to be had.
static PRIVATE: AtomicI32 = AtomicI32::new(0);
/// We have tripped the interpreter's handler: what comes there is not an event.
static TRIPPED: AtomicBool = AtomicBool::new(false);

/// Makes the main thread run what was queued for it, if it waits for a lock.
pub(crate) fn nudge_main() {
    let main = MAIN.load(Ordering::SeqCst);
    if main != 0 && is_private_ours() {
        // SAFETY: the main thread lives as long as the process runs Python; the signal has our handler.
        unsafe { libc::pthread_kill(main as libc::pthread_t, PRIVATE.load(Ordering::SeqCst)) };
    }
}

/// Was it we who tripped the handler?
pub(crate) fn take_tripped() -> bool {
    TRIPPED.swap(false, Ordering::SeqCst)
}

/// The signal whose handler in Python is to run; 0: none.
static WANTED: AtomicI32 = AtomicI32::new(0);

/// In the main thread: trips the handler. Up to CPython 3.12 only the main thread's own call makes a running program look.
extern "C" fn on_private(_: libc::c_int) {
    let signum = WANTED.swap(0, Ordering::SeqCst);
    if signum != 0 {
        // It writes to the interpreter's wakeup descriptor.
        // SAFETY: async-signal-safe (documented so).
        face::keeping_errno(|| _ = unsafe { pyo3::ffi::PyErr_SetInterruptEx(signum) });
    }
}

/// Remembers the main thread, and takes a private signal that nobody uses.
pub(crate) fn prepare(py: Python<'_>) -> PyResult<()> {
    let main = if is_main() {
        // SAFETY: takes nothing and cannot fail.
        unsafe { libc::pthread_self() as u64 }
    } else if py.import("sys")?.getattr("modules")?.contains("gevent.monkey")? {
        // There `threading` may count greenlets. Until the main thread has come, it is woken without a signal.
        MAIN.load(Ordering::SeqCst)
    } else {
        py.import("threading")?.call_method0("main_thread")?.getattr("ident")?.extract()?
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

/// Trips the interpreter's handler for us, from a signal handler of ours.
pub(crate) fn trip_here(signum: i32) {
    TRIPPED.store(true, Ordering::SeqCst);
    // SAFETY: async-signal-safe (documented so).
    unsafe { pyo3::ffi::PyErr_SetInterruptEx(signum) };
}

impl Face for Interpreter {
    fn wake_main(&self) {
        if lifetime::is_over() {
            return;
        }
        TRIPPED.store(true, Ordering::SeqCst);
        let main = MAIN.load(Ordering::SeqCst);
        let reached = main != 0 && is_private_ours();
        // SAFETY: none of these needs the interpreter lock (documented so); they set flags and queue a static function. The
        // main thread lives as long as the process runs Python; the signal has our handler.
        unsafe {
            match signals::tripping_signal() {
                Some(signum) if reached => WANTED.store(signum, Ordering::SeqCst),
                Some(signum) => _ = pyo3::ffi::PyErr_SetInterruptEx(signum),
                None => {
                    pyo3::ffi::Py_AddPendingCall(Some(signals::pending_turn), std::ptr::null_mut());
                    if let (true, Some(signum)) = (reached, signals::default_signal()) {
                        WANTED.store(signum, Ordering::SeqCst);
                    }
                }
            }
            if reached {
                libc::pthread_kill(main as libc::pthread_t, PRIVATE.load(Ordering::SeqCst));
            }
        }
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

    fn interrupt(&self, threads: Vec<u64>, tasks: Vec<u64>) {
        lifetime::with_python("shutdown-lapse", move |py| {
            for thread in threads {
                owner::interrupt_thread(py, thread);
            }
            for task in tasks {
                owner::cancel_task(py, task);
            }
        });
    }

    fn stands_for_default(&self, event: Event) -> bool {
        number(event).is_some_and(signals::stands_for_default)
    }

    fn announce(&self) {
        if lifetime::was_forked_in_a_thread() {
            return;
        }
        lifetime::attached(crate::callbacks::log_held);
    }
}

/// Is this the main thread of the interpreter?
pub(crate) fn is_main() -> bool {
    // SAFETY: both take nothing and cannot fail.
    unsafe {
        #[cfg(any(target_os = "linux", target_os = "android"))]
        return libc::syscall(libc::SYS_gettid) == libc::c_long::from(libc::getpid());
        #[cfg(not(any(target_os = "linux", target_os = "android")))]
        return libc::pthread_main_np() != 0;
    }
}

/// In the child of a fork.
pub(crate) fn forked() {
    TRIPPED.store(false, Ordering::SeqCst);
    WANTED.store(0, Ordering::SeqCst);
}
