//! The monotonic clock, exact and coarse.
//!
//! Linux keeps a coarse copy of `CLOCK_MONOTONIC`, written at each tick (`CLOCK_MONOTONIC_COARSE`): a reading
//! costs a third of the exact one. It lags by up to one tick, and in a virtual machine whose timekeeping processor is
//! held up by more (5.1 ms at a tick of 4 ms were measured). So two ticks are added: later than the truth. Only a
//! machine that stands still for more than a whole tick can make it earlier, by what is above that.

/// Apple's `CLOCK_MONOTONIC` asks the kernel for the time of the boot at each reading; this one is a processor register,
/// stands still while the machine sleeps as Linux's does, and is that of `std::time::Instant`.
#[cfg(target_vendor = "apple")]
const MONOTONIC: libc::clockid_t = libc::CLOCK_UPTIME_RAW;
#[cfg(not(target_vendor = "apple"))]
const MONOTONIC: libc::clockid_t = libc::CLOCK_MONOTONIC;

/// The exact monotonic time in nanoseconds.
#[inline]
pub(crate) fn precise() -> u64 {
    read(MONOTONIC)
}

#[inline]
fn read(clock: libc::clockid_t) -> u64 {
    let mut time = std::mem::MaybeUninit::<libc::timespec>::uninit();
    // SAFETY: the pointer is to a timespec of ours, which the call fills; these clocks always exist (the
    // coarse one since Linux 2.6.32).
    let time = unsafe {
        libc::clock_gettime(clock, time.as_mut_ptr());
        time.assume_init()
    };
    // A monotonic clock does not run backwards past its start: neither part is negative.
    (time.tv_sec as u64).wrapping_mul(1_000_000_000).wrapping_add(time.tv_nsec as u64)
}

#[cfg(all(any(target_os = "linux", target_os = "android"), not(shutdown_protection_portable)))]
mod coarse {
    use std::sync::atomic::{AtomicU64, Ordering};

    /// Two ticks in nanoseconds; 0 before [`prepare`].
    static MARGIN: AtomicU64 = AtomicU64::new(0);

    /// A cheap reading, which lags behind the exact time by [`margin`] at the most (see the module).
    #[inline]
    pub(crate) fn cheap() -> u64 {
        super::read(libc::CLOCK_MONOTONIC_COARSE)
    }

    #[inline]
    pub(crate) fn margin() -> u64 {
        // Relaxed: the value is the same whoever wrote it.
        MARGIN.load(Ordering::Relaxed)
    }

    /// Asks for the tick. Before any reading that counts.
    pub(crate) fn prepare() {
        let mut tick = libc::timespec { tv_sec: 0, tv_nsec: 0 };
        // SAFETY: the pointer is to a timespec of ours.
        if unsafe { libc::clock_getres(libc::CLOCK_MONOTONIC_COARSE, &raw mut tick) } == 0 {
            MARGIN.store(2 * tick.tv_nsec as u64, Ordering::Relaxed);
        }
    }
}

#[cfg(any(not(any(target_os = "linux", target_os = "android")), shutdown_protection_portable))]
mod coarse {
    #[inline]
    pub(crate) fn cheap() -> u64 {
        super::precise()
    }

    #[inline]
    pub(crate) fn margin() -> u64 {
        0
    }

    pub(crate) fn prepare() {}
}

pub(crate) use coarse::{cheap, margin, prepare};
