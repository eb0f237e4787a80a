//! A barrier that every thread of the process passes, made by one of them: `membarrier` on Linux since 4.14.
//!
//! <https://man7.org/linux/man-pages/man2/membarrier.2.html>: with `PRIVATE_EXPEDITED`, all running threads of the process
//! have executed a full memory barrier between the call and its return; those that do not run pass one when
//! they are scheduled.

#[cfg(all(any(target_os = "linux", target_os = "android"), not(any(miri, shutdown_protection_portable))))]
mod imp {
    const REGISTER_PRIVATE_EXPEDITED: libc::c_int = 1 << 4;
    const PRIVATE_EXPEDITED: libc::c_int = 1 << 3;

    fn membarrier(command: libc::c_int) -> bool {
        // SAFETY: the call takes three numbers and touches no memory of ours.
        unsafe { libc::syscall(libc::SYS_membarrier, command, 0, 0) == 0 }
    }

    pub(crate) fn register() -> bool {
        membarrier(REGISTER_PRIVATE_EXPEDITED)
    }

    /// `false`: a sandbox forbids it since.
    pub(crate) fn all_threads() -> bool {
        membarrier(PRIVATE_EXPEDITED)
    }
}

#[cfg(any(not(any(target_os = "linux", target_os = "android")), miri, shutdown_protection_portable))]
mod imp {
    pub(crate) fn register() -> bool {
        false
    }

    pub(crate) fn all_threads() -> bool {
        false
    }
}

pub(crate) use imp::{all_threads, register};
