//! The monotonic clock. It stands still while the machine sleeps, as Linux's `CLOCK_MONOTONIC` does.
//!
//! One clock, exact and cheap in one: the system's coarse ones are written at its ticks, 15.6 ms apart.

use std::sync::atomic::{AtomicUsize, Ordering};

use windows_sys::Win32::System::Performance::{QueryPerformanceCounter, QueryPerformanceFrequency};

use super::module;

/// The exact monotonic time in nanoseconds.
#[inline]
pub(crate) fn precise() -> u64 {
    match UNBIASED.load(Ordering::Relaxed) {
        ABSENT => counter(),
        UNKNOWN => first(),
        function => unbiased(function),
    }
}

/// `QueryUnbiasedInterruptTimePrecise`, which Wine does not have.
static UNBIASED: AtomicUsize = AtomicUsize::new(UNKNOWN);
const UNKNOWN: usize = 0;
const ABSENT: usize = 1;

#[cold]
fn first() -> u64 {
    let function = module::function(c"kernelbase.dll", c"QueryUnbiasedInterruptTimePrecise");
    // Whoever comes first: all find the same.
    UNBIASED.store(function.map_or(ABSENT, |function| function as usize), Ordering::Relaxed);
    precise()
}

/// In units of 100 ns.
fn unbiased(function: usize) -> u64 {
    let mut time = 0_u64;
    // SAFETY: the address of that function, which has this type and fills the number that it is given.
    unsafe {
        let function: unsafe extern "system" fn(*mut u64) = std::mem::transmute(function);
        function(&raw mut time);
    }
    time * 100
}

/// Counts on while the machine sleeps.
fn counter() -> u64 {
    let (mut ticks, mut frequency) = (0_i64, 1_i64);
    // SAFETY: both fill the number that they are given, and cannot fail since Windows XP.
    unsafe {
        QueryPerformanceCounter(&raw mut ticks);
        QueryPerformanceFrequency(&raw mut frequency);
    }
    let (ticks, frequency) = (ticks as u64, frequency as u64);
    ticks / frequency * 1_000_000_000 + ticks % frequency * 1_000_000_000 / frequency
}

#[inline]
pub(crate) fn cheap() -> u64 {
    precise()
}

pub(crate) fn prepare() {}
