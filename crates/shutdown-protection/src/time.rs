//! Time as the engine counts it: nanoseconds of the system's monotonic clock, in 64 bits (584 years).
//!
//! A block gets its time from [`Time::now_or_later`], which costs less than the exact one and is never behind it: its
//! deadline may be a millisecond late, and is not early (C11).

use std::time::Duration;

#[cfg(not(loom))]
use crate::os;

/// A point of the monotonic clock, in nanoseconds.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(crate) struct Time(pub(crate) u64);

impl Time {
    /// Later than any time that comes: a deadline that has not begun to run.
    pub(crate) const NEVER: Self = Self(u64::MAX);

    /// The exact time.
    #[cfg(not(loom))]
    #[inline]
    pub(crate) fn now() -> Self {
        Self(os::clock::precise())
    }

    /// The exact time, or one that is ahead of it by about a millisecond at the most. Cheap.
    #[cfg(not(loom))]
    #[inline]
    pub(crate) fn now_or_later() -> Self {
        Self(os::clock::cheap())
    }

    /// `self` plus a span; saturates at [`Time::NEVER`].
    #[inline]
    pub(crate) fn plus(self, span: Span) -> Self {
        Self(self.0.saturating_add(span.0))
    }

    /// How long from `self` to `later`; zero if that is not later.
    pub(crate) fn until(self, later: Self) -> Duration {
        Duration::from_nanos(later.0.saturating_sub(self.0))
    }
}

/// A length of time in nanoseconds; what does not fit is saturated (C30).
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Span(pub(crate) u64);

impl Span {
    pub(crate) const fn from_millis(millis: u64) -> Self {
        Self(millis * 1_000_000)
    }
}

impl From<Duration> for Span {
    fn from(duration: Duration) -> Self {
        Self(u64::try_from(duration.as_nanos()).unwrap_or(u64::MAX))
    }
}

impl From<Span> for Duration {
    fn from(span: Span) -> Self {
        Self::from_nanos(span.0)
    }
}

#[cfg(all(test, not(loom)))]
mod tests {
    use super::*;

    #[test]
    fn c30_a_time_beyond_the_clock_is_saturated() {
        assert_eq!(Span::from(Duration::MAX), Span(u64::MAX));
        assert_eq!(Time(5).plus(Span(u64::MAX)), Time::NEVER);
    }

    /// On the machine's own clocks; `os::counter` tries what these could do.
    #[test]
    fn c11_a_cheap_time_is_never_behind_and_ahead_by_some_milliseconds_at_the_most() {
        os::clock::prepare();
        compare_for(Duration::from_millis(200));
    }

    /// The coarse clock, which was here before, was behind by up to 20.8 ms in such minutes.
    #[test]
    #[ignore = "a minute with four threads to a processor: by hand"]
    fn c11_a_cheap_time_is_never_behind_on_a_machine_that_is_busy() {
        os::clock::prepare();
        let threads = 4 * std::thread::available_parallelism().unwrap().get();
        std::thread::scope(|scope| {
            for _ in 0..threads {
                scope.spawn(|| compare_for(Duration::from_secs(60)));
            }
        });
    }

    fn compare_for(time: Duration) {
        let begin = Time::now();
        while begin.until(Time::now()) < time {
            let before = Time::now();
            let cheap = Time::now_or_later();
            let bound = Time::now().plus(Span::from_millis(6));
            assert!(before <= cheap && cheap <= bound, "{cheap:?} is not from {before:?} to {bound:?}");
        }
    }
}
