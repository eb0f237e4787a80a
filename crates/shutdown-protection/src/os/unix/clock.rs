//! The monotonic clock: exact, and at half the cost not quite.

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
    // SAFETY: the pointer is to a timespec of ours, which the call fills; these clocks always exist.
    let time = unsafe {
        libc::clock_gettime(clock, time.as_mut_ptr());
        time.assume_init()
    };
    // A monotonic clock does not run backwards past its start: neither part is negative.
    (time.tv_sec as u64).wrapping_mul(1_000_000_000).wrapping_add(time.tv_nsec as u64)
}

/// Where the processor's counter is known to be what the kernel counts the time by.
#[cfg(all(target_os = "linux", target_arch = "x86_64", not(shutdown_protection_portable), not(miri)))]
mod counted {
    use crate::os::unix::counter::{Counted, Source};

    static COUNTED: Counted = Counted::new();

    struct Processor;

    impl Source for Processor {
        #[inline]
        fn counter(&self) -> u64 {
            // SAFETY: every x86_64 has it. Where a program forbids it to itself (`PR_SET_TSC`), it has forbidden itself the
            // exact clock too, which the C library computes from it.
            unsafe { std::arch::x86_64::_rdtsc() }
        }

        fn exact(&self) -> u64 {
            super::precise()
        }

        fn asleep_too(&self) -> u64 {
            super::read(libc::CLOCK_BOOTTIME)
        }
    }

    #[inline]
    pub(crate) fn cheap() -> u64 {
        COUNTED.now_or_later(&Processor)
    }

    pub(crate) fn prepare() {
        let by = std::fs::read("/sys/devices/system/clocksource/clocksource0/current_clocksource");
        COUNTED.begin(&Processor, by.is_ok_and(|by| by.trim_ascii() == b"tsc"));
    }
}

#[cfg(not(all(target_os = "linux", target_arch = "x86_64", not(shutdown_protection_portable), not(miri))))]
mod counted {
    #[inline]
    pub(crate) fn cheap() -> u64 {
        super::precise()
    }

    pub(crate) fn prepare() {}
}

/// `cheap`: the exact time, or one that is ahead of it, by about a millisecond at the most. `prepare`: before
/// that, once in a process.
pub(crate) use counted::{cheap, prepare};
