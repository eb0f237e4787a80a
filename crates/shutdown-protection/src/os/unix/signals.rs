//! Which signal is which event, and sets of signals.

use std::mem::MaybeUninit;

use crate::event::ShutdownEvent;

/// The signal of an event; `None` for those that are not signals.
pub(crate) const fn number(event: ShutdownEvent) -> Option<libc::c_int> {
    match event {
        ShutdownEvent::SigInt => Some(libc::SIGINT),
        ShutdownEvent::SigTerm => Some(libc::SIGTERM),
        ShutdownEvent::SigQuit => Some(libc::SIGQUIT),
        ShutdownEvent::SigHup => Some(libc::SIGHUP),
        _ => None,
    }
}

/// The event of a signal.
pub(crate) const fn event(signal: libc::c_int) -> Option<ShutdownEvent> {
    match signal {
        libc::SIGINT => Some(ShutdownEvent::SigInt),
        libc::SIGTERM => Some(ShutdownEvent::SigTerm),
        libc::SIGQUIT => Some(ShutdownEvent::SigQuit),
        libc::SIGHUP => Some(ShutdownEvent::SigHup),
        _ => None,
    }
}

/// All signals, or none.
pub(super) fn set(full: bool) -> libc::sigset_t {
    let mut set = MaybeUninit::uninit();
    // SAFETY: both calls initialise the set that they are given.
    unsafe {
        if full {
            libc::sigfillset(set.as_mut_ptr());
        } else {
            libc::sigemptyset(set.as_mut_ptr());
        }
        set.assume_init()
    }
}

/// The signals of our events.
pub(super) fn ours() -> libc::sigset_t {
    let mut signals = set(false);
    for event in ShutdownEvent::SIGNALS {
        if let Some(signal) = number(event) {
            // SAFETY: the set is initialised and the signal is valid.
            unsafe { libc::sigaddset(&raw mut signals, signal) };
        }
    }
    signals
}

/// Changes this thread's mask; gives the former one.
pub(super) fn mask(how: libc::c_int, set: &libc::sigset_t) -> libc::sigset_t {
    let mut former = MaybeUninit::uninit();
    // SAFETY: both sets are ours; with a valid `how` the call cannot fail and fills `former`.
    unsafe {
        libc::pthread_sigmask(how, set, former.as_mut_ptr());
        former.assume_init()
    }
}
