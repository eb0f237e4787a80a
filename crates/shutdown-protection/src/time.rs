//! Time as the engine counts it: nanoseconds of the system's monotonic clock, in 64 bits (584 years).
//!
//! Two readings. [`Time::now`] is exact. [`Time::late`] costs less where a coarse clock exists, and is
//! later than the exact time by at most two of its ticks (2 to 20 ms): a deadline that is counted from it is later, not
//! too early (C11; `os::clock` has the limit of that).

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

    /// The exact time, or a little later (see the module).
    #[cfg(not(loom))]
    #[inline]
    pub(crate) fn late() -> Self {
        Self(os::clock::late())
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

    #[test]
    fn c11_the_cheap_clock_is_late_and_by_two_ticks_at_the_most() {
        let mut early = 0;
        for _ in 0..10_000 {
            let before = Time::now();
            let late = Time::late();
            let bound = Time::now().plus(Span(os::clock::margin()));
            assert!(late <= bound, "{late:?} is after {bound:?}");
            early += u32::from(late < before);
        }
        // A virtual machine may stand still for more than a tick; it does not do so most of the time.
        assert!(early < 5_000, "{early} of 10,000 readings were early");
    }
}
