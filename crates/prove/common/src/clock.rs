//! The clock that all processes read alike.

use std::time::Duration;

/// `CLOCK_MONOTONIC` in nanoseconds: what a program reads can be compared with what its parent reads.
///
/// # Panics
///
/// Where the system has no such clock.
#[must_use]
pub fn monotonic_ns() -> u64 {
    let mut now = libc::timespec { tv_sec: 0, tv_nsec: 0 };
    // SAFETY: `now` is ours.
    let read = unsafe { libc::clock_gettime(libc::CLOCK_MONOTONIC, &raw mut now) };
    assert_eq!(read, 0, "the monotonic clock always exists");
    now.tv_sec.cast_unsigned() * 1_000_000_000 + now.tv_nsec.cast_unsigned()
}

/// Nanoseconds of a time, which is far below what overflows.
#[must_use]
pub fn ns(time: Duration) -> u64 {
    u64::try_from(time.as_nanos()).unwrap_or(u64::MAX)
}
