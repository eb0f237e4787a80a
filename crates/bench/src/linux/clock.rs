//! The clocks of the machine; but for the counter, in nanoseconds.
//!
//! `std::time::Instant` hides its number, and both the child processes and the threads here compare stamps taken in
//! different places; so the clocks are read directly.

/// The clock that time spans are measured with: exact, and dear.
#[inline(always)]
pub(crate) fn precise() -> u64 {
    read(libc::CLOCK_MONOTONIC)
}

/// The same time as of the kernel's last tick: cheap, and behind by as much as a tick is late.
#[inline(always)]
pub(crate) fn coarse() -> u64 {
    read(libc::CLOCK_MONOTONIC_COARSE)
}

/// The processor's counter, where it has one: the cheapest reading that is not behind.
#[cfg(target_arch = "x86_64")]
#[inline(always)]
pub(crate) fn counter() -> u64 {
    // SAFETY: every x86_64 has it.
    unsafe { std::arch::x86_64::_rdtsc() }
}

#[cfg(not(target_arch = "x86_64"))]
#[inline(always)]
pub(crate) fn counter() -> u64 {
    precise()
}

/// The length of the coarse clock's tick.
pub(crate) fn coarse_tick() -> u64 {
    let mut tick = libc::timespec { tv_sec: 0, tv_nsec: 0 };
    // SAFETY: `tick` is a writable timespec that outlives the call.
    let result = unsafe { libc::clock_getres(libc::CLOCK_MONOTONIC_COARSE, &raw mut tick) };
    assert_eq!(result, 0, "every Linux has the coarse clock");
    nanoseconds(tick)
}

#[inline(always)]
fn read(clock: libc::clockid_t) -> u64 {
    let mut time = libc::timespec { tv_sec: 0, tv_nsec: 0 };
    // SAFETY: `time` is a writable timespec that outlives the call; both clocks exist on every Linux, so it is filled.
    unsafe { libc::clock_gettime(clock, &raw mut time) };
    nanoseconds(time)
}

/// Monotonic times and resolutions are never negative.
#[inline(always)]
fn nanoseconds(time: libc::timespec) -> u64 {
    time.tv_sec.cast_unsigned() * 1_000_000_000 + time.tv_nsec.cast_unsigned()
}
