//! The two moments of the program's own exit, as the C library offers them.

use std::sync::atomic::{AtomicBool, AtomicI32, Ordering};

static REGISTERED: AtomicBool = AtomicBool::new(false);
/// The status that the program exits with; -1 where the C library does not tell.
static STATUS: AtomicI32 = AtomicI32::new(-1);

/// Registers for both. Once a process; a child inherits it with the memory.
pub(crate) fn register() {
    if REGISTERED.swap(true, Ordering::AcqRel) {
        return;
    }
    imp::register();
}

/// Writes what C code of the program has left in its buffers.
pub(crate) fn flush() {
    // SAFETY: null asks for all streams.
    unsafe { libc::fflush(std::ptr::null_mut()) };
}

fn begins() {
    // A panic must not cross into the C library; there is none to be expected.
    let _ = std::panic::catch_unwind(crate::exit::begins);
}

fn ends() {
    if REGISTERED.load(Ordering::Acquire) {
        let status = STATUS.load(Ordering::Acquire);
        let _ = std::panic::catch_unwind(|| crate::exit::ends((status >= 0).then_some(status)));
    }
}

/// glibc: `on_exit` tells the status (<https://man7.org/linux/man-pages/man3/on_exit.3.html>).
#[cfg(all(target_os = "linux", target_env = "gnu", not(shutdown_protection_portable)))]
mod imp {
    use super::{AtomicI32, Ordering, STATUS};

    unsafe extern "C" {
        fn on_exit(function: extern "C" fn(libc::c_int, *mut libc::c_void), argument: *mut libc::c_void)
        -> libc::c_int;
    }

    pub(super) fn register() {
        // SAFETY: the function is a static one and ignores its null argument. If there is no room (glibc grants at
        // least 32), the exit is an ordinary one.
        unsafe { on_exit(at_exit, std::ptr::null_mut()) };
    }

    extern "C" fn at_exit(status: libc::c_int, _: *mut libc::c_void) {
        let place: &AtomicI32 = &STATUS;
        place.store(status & 0xff, Ordering::Release);
        super::begins();
    }
}

#[cfg(any(not(all(target_os = "linux", target_env = "gnu")), shutdown_protection_portable))]
mod imp {
    pub(super) fn register() {
        // SAFETY: a static function without arguments. If there is no room (at least 32 by the standard), the exit is
        // an ordinary one.
        unsafe { libc::atexit(at_exit) };
    }

    extern "C" fn at_exit() {
        super::begins();
        // Without a section for the very end, this is the last moment that there is.
        #[cfg(target_vendor = "apple")]
        super::ends();
    }
}

/// ELF systems run `.fini_array` behind all functions of `atexit`; the entry is passive: it costs nothing
/// unless something was installed.
#[cfg(all(not(target_vendor = "apple"), not(miri)))]
#[used]
// SAFETY: the section holds pointers to functions of this type, which the C library calls once at the end of `exit`.
#[unsafe(link_section = ".fini_array")]
static AT_THE_VERY_END: extern "C" fn() = {
    extern "C" fn at_the_very_end() {
        ends();
    }
    at_the_very_end
};
