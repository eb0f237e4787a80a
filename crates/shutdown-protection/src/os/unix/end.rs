//! The end of the process, so that its parent sees why (C19).

use super::signals::{mask, number, set};
use crate::event::ShutdownEvent;

/// Dies as the event demands: by its signal, or with status 0 if it was no signal.
pub(crate) fn by(event: ShutdownEvent, core_dump: bool) -> ! {
    match number(event) {
        Some(signal) => by_signal(signal, core_dump),
        None => with_code(0),
    }
}

/// The status that stands for an event, where no signal can tell: 128 and its number, as shells show it.
pub(crate) fn status(event: ShutdownEvent) -> i32 {
    number(event).map_or(0, |signal| 128 + signal)
}

/// Ends at once with this status: no destructor, no exit function.
pub(crate) fn with_code(code: i32) -> ! {
    // SAFETY: `_exit` may be called from anywhere.
    unsafe { libc::_exit(code) }
}

/// Dies by the signal: default disposition, unblocked in this thread, raised. May be called by signal
/// handlers.
pub(crate) fn by_signal(signal: libc::c_int, core_dump: bool) -> ! {
    if signal == libc::SIGQUIT && !core_dump {
        forbid_core_file();
    }
    let mut only = set(false);
    // SAFETY: a zeroed sigaction with SIG_DFL and no flags is valid, as are the signal and the set; `raise` is
    // safe in a handler.
    unsafe {
        let mut default: libc::sigaction = std::mem::zeroed();
        default.sa_sigaction = libc::SIG_DFL;
        libc::sigaction(signal, &raw const default, std::ptr::null_mut());
        libc::sigaddset(&raw mut only, signal);
        mask(libc::SIG_UNBLOCK, &only);
        libc::raise(signal);
    }
    // The kernel does not deliver a default action to PID 1 of a namespace; and another thread may have set a
    // handler just now.
    with_code(128 + signal)
}

/// `SIGQUIT`'s default action writes a core file, for what was an orderly end.
fn forbid_core_file() {
    let none = libc::rlimit { rlim_cur: 0, rlim_max: 0 };
    // SAFETY: numbers, and a pointer to a local. Where it fails, the end matters more.
    unsafe {
        libc::setrlimit(libc::RLIMIT_CORE, &raw const none);
        // The limit does not hold where the kernel pipes the core to a program (core(5)); an undumpable process has
        // none to pipe.
        #[cfg(any(target_os = "linux", target_os = "android"))]
        libc::prctl(libc::PR_SET_DUMPABLE, 0 as libc::c_ulong, 0, 0, 0);
    }
}
