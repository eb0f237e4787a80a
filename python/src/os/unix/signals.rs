//! The events that come as signals, and their numbers.

use std::sync::atomic::{AtomicUsize, Ordering};

use pyo3::ffi;
use pyo3::prelude::*;
use shutdown_protection::{ShutdownEvent as Event, face};

pub(crate) const SIGNALS: [Event; 4] = [Event::SigInt, Event::SigTerm, Event::SigQuit, Event::SigHup];

pub(crate) fn number(event: Event) -> Option<i32> {
    match event {
        Event::SigInt => Some(libc::SIGINT),
        Event::SigTerm => Some(libc::SIGTERM),
        Event::SigQuit => Some(libc::SIGQUIT),
        Event::SigHup => Some(libc::SIGHUP),
        _ => None,
    }
}

/// What the system has for a signal; `None`: it has no such signal.
pub(super) fn action(signum: libc::c_int) -> Option<libc::sigaction> {
    // SAFETY: plain data, valid when zeroed; a null action only asks.
    unsafe {
        let mut present: libc::sigaction = std::mem::zeroed();
        (libc::sigaction(signum, std::ptr::null(), &raw mut present) == 0).then_some(present)
    }
}

/// The interpreter's own handler, which calls those in Python; 0: not known.
static INTERPRETERS: AtomicUsize = AtomicUsize::new(0);

/// Looks for it: it is what the system has for a signal that Python handles, unless C code has replaced it there.
pub(crate) fn learn(py: Python<'_>) -> PyResult<()> {
    let signal = py.import("_signal")?;
    for signum in [libc::SIGINT].into_iter().chain(1..=64) {
        // The interpreter's leaves SA_RESTART out; that of `faulthandler`, of the same library, has it.
        let candidate = action(signum).filter(|action| is_handler(action) && action.sa_flags & libc::SA_RESTART == 0);
        let Some(candidate) = candidate.filter(|action| is_of_interpreter(action.sa_sigaction)) else { continue };
        if signal.call_method1("getsignal", (signum,))?.is_callable() {
            INTERPRETERS.store(candidate.sa_sigaction, Ordering::SeqCst);
            break;
        }
    }
    Ok(())
}

fn is_handler(action: &libc::sigaction) -> bool {
    !matches!(action.sa_sigaction, libc::SIG_DFL | libc::SIG_IGN)
}

/// Is it of the library that has the interpreter?
fn is_of_interpreter(function: usize) -> bool {
    let library = |address: *const libc::c_void| {
        // SAFETY: plain data, valid when zeroed; any address may be asked for.
        unsafe {
            let mut known: libc::Dl_info = std::mem::zeroed();
            (libc::dladdr(address, &raw mut known) != 0).then_some(known.dli_fbase)
        }
    };
    let own = library(ffi::PyErr_SetInterruptEx as *const libc::c_void);
    own.is_none() || library(function as *const libc::c_void) == own
}

/// May another handler stand than at the last look? Not where the engine's is on top.
pub(crate) fn tells_anew(event: Event) -> bool {
    !face::is_on_top(event)
}

/// Stands there what C code has installed, or has it made the signal ignored? `getsignal` tells nothing of either. `handled`: Python
/// has a handler for it.
pub(crate) fn is_others(py: Python<'_>, signum: libc::c_int, handled: bool) -> PyResult<bool> {
    let Some(present) = action(signum).filter(|action| action.sa_sigaction != libc::SIG_DFL) else { return Ok(false) };
    if !handled || present.sa_sigaction == libc::SIG_IGN {
        return Ok(true);
    }
    if INTERPRETERS.load(Ordering::SeqCst) == 0 {
        learn(py)?;
    }
    Ok(match INTERPRETERS.load(Ordering::SeqCst) {
        0 => !is_of_interpreter(present.sa_sigaction),
        known => present.sa_sigaction != known,
    })
}
