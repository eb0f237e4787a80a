//! Threads, as the interpreter counts them.

/// Is this the main thread of the interpreter?
pub(crate) fn is_main() -> bool {
    // SAFETY: all take nothing and cannot fail.
    unsafe {
        #[cfg(any(target_os = "linux", target_os = "android"))]
        return libc::syscall(libc::SYS_gettid) == libc::c_long::from(libc::getpid());
        #[cfg(not(any(target_os = "linux", target_os = "android")))]
        return libc::pthread_main_np() != 0;
    }
}

/// This thread, as `threading.get_ident` names it.
pub(crate) fn id() -> u64 {
    // SAFETY: takes nothing and cannot fail.
    unsafe { libc::pthread_self() as u64 }
}
