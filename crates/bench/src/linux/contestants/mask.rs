//! The classic way without a library: the signals are blocked while the work runs.
//!
//! Two system calls, for one thread only, and inherited by every child process that is started meanwhile.

use std::mem::MaybeUninit;
use std::ptr;

use crate::linux::harness::{Contestant, Role};

pub(super) fn block_and_unblock() -> Contestant {
    Contestant::new("pthread_sigmask, block and restore", Role::Rival, || {
        let signals = termination_signals();
        move || {
            let mut before = MaybeUninit::uninit();
            // SAFETY: `signals` is an initialised set, `before` is writable, and both outlive the call.
            let blocked = unsafe { libc::pthread_sigmask(libc::SIG_BLOCK, &raw const signals, before.as_mut_ptr()) };
            if blocked != 0 {
                return true;
            }
            // SAFETY: the call above succeeded, so it has filled `before`; the old mask is not asked for.
            unsafe { libc::pthread_sigmask(libc::SIG_SETMASK, before.as_ptr(), ptr::null_mut()) != 0 }
        }
    })
}

fn termination_signals() -> libc::sigset_t {
    let mut set = MaybeUninit::uninit();
    // SAFETY: `set` is writable; `sigemptyset` initialises it before it is used, and the numbers are valid signals.
    unsafe {
        libc::sigemptyset(set.as_mut_ptr());
        for signal in [libc::SIGINT, libc::SIGTERM, libc::SIGQUIT, libc::SIGHUP] {
            libc::sigaddset(set.as_mut_ptr(), signal);
        }
        set.assume_init()
    }
}
