//! Linux: how a handler wakes the supervisor. A futex: no file descriptor that a program could close or run
//! out of, nothing shared with a child after `fork`, and `FUTEX_WAKE` is a bare system call, which a signal
//! handler may make.

use std::sync::atomic::AtomicU32;
use std::time::Duration;

/// The call's own `timespec`, of two words: the C library's may be wider on 32-bit systems.
#[repr(C)]
struct Limit {
    seconds: libc::c_long,
    nanoseconds: libc::c_long,
}

/// Waits until `word` is no longer `expected`, or the time is up, or for no reason.
pub(crate) fn wait(word: &AtomicU32, expected: u32, limit: Option<Duration>) {
    let limit = limit.map(|limit| Limit {
        seconds: libc::c_long::try_from(limit.as_secs()).unwrap_or(libc::c_long::MAX),
        nanoseconds: libc::c_long::from(limit.subsec_nanos() as i32),
    });
    let limit = limit.as_ref().map_or(std::ptr::null(), std::ptr::from_ref);
    // SAFETY: the word and the limit live for the call. FUTEX_WAIT measures its limit by the monotonic clock.
    unsafe {
        libc::syscall(libc::SYS_futex, word.as_ptr(), libc::FUTEX_WAIT | libc::FUTEX_PRIVATE_FLAG, expected, limit);
    }
}

/// A ring wakes all who wait: [`wait()`](crate::wait) may wait here, too.
pub(crate) const WAKES_ALL: bool = true;

/// Wakes those who wait. For signal handlers; the caller keeps `errno`.
pub(crate) fn wake(word: &AtomicU32) {
    // SAFETY: the word is alive (it is a static); the call touches no other memory of ours.
    unsafe {
        libc::syscall(libc::SYS_futex, word.as_ptr(), libc::FUTEX_WAKE | libc::FUTEX_PRIVATE_FLAG, i32::MAX);
    }
}

/// Nothing is needed to begin with.
pub(crate) fn prepare() -> std::io::Result<()> {
    Ok(())
}
