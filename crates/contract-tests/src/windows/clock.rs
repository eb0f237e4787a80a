//! The performance counter: one clock for all processes, so that what one reads can be compared in another.

use windows_sys::Win32::System::Performance::{QueryPerformanceCounter, QueryPerformanceFrequency};

/// Nanoseconds since the machine started.
#[must_use]
pub fn monotonic_ns() -> u64 {
    const SECOND: u64 = 1_000_000_000;
    let (mut count, mut frequency) = (0, 0);
    // SAFETY: both places are ours. Neither call fails since Windows XP.
    unsafe {
        QueryPerformanceFrequency(&raw mut frequency);
        QueryPerformanceCounter(&raw mut count);
    }
    let (count, frequency) = (count.cast_unsigned(), frequency.cast_unsigned());
    // In two parts, since the product would not fit.
    count / frequency * SECOND + count % frequency * SECOND / frequency
}
