//! Time as the engine counts it: nanoseconds of the system's monotonic clock, in 64 bits (584 years).
//!
//! Deadlines of blocks are kept as [`Stamp`]s: a reading of a clock that costs less where a coarse one exists, and lags
//! behind the exact time by at most a known margin. Whoever reads a stamp as a time adds the margin: the deadline is later
//! by that at the most (2 to 20 ms), not too early (C11; `os::clock` has the limit of that).

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

/// A reading of the cheap clock.
#[cfg(not(loom))]
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Stamp(pub(crate) u64);

#[cfg(not(loom))]
impl Stamp {
    /// Now, cheaply.
    #[inline]
    pub(crate) fn now() -> Self {
        Self(os::clock::cheap())
    }

    /// The stamp of an exact time: no lateness.
    pub(crate) fn exact(time: Time) -> Self {
        Self(time.0.saturating_sub(os::clock::margin()))
    }

    /// The time that it stands for: the truth, or later.
    pub(crate) fn time(self) -> Time {
        Time(self.0.saturating_add(os::clock::margin()))
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

    #[test]
    fn c11_the_cheap_clock_is_late_and_by_two_ticks_at_the_most() {
        os::clock::prepare();
        let mut early = 0;
        for _ in 0..10_000 {
            let before = Time::now();
            let late = Stamp::now().time();
            let bound = Time::now().plus(Span(os::clock::margin()));
            assert!(late <= bound, "{late:?} is after {bound:?}");
            early += u32::from(late < before);
        }
        let exact = Time::now();
        assert_eq!(Stamp::exact(exact).time(), exact);
        // A virtual machine may stand still for more than a tick; it does not do so most of the time.
        assert!(early < 5_000, "{early} of 10,000 readings were early");
    }
}
