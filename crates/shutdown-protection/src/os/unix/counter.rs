//! The time from the processor's counter: never behind the exact one, and at half its cost.
//!
//! The coarse clock costs less still, but it is behind by as much as the kernel is late with a tick. Nothing bounds that,
//! and nobody can tell afterwards how much it was. A deadline that is never early (C11) needs a time that is never behind.
//!
//! So from time to time a reading of the counter and then the exact time are noted: an anchor. What the counter has
//! advanced since, taken at a pace that is a quarter too fast, is added to it. The sum is behind only where the exact time
//! gains a quarter on the counter. It cannot where the kernel makes the one of the other (`current_clocksource`): `adjtimex`
//! moves the pace by a tenth at the most, up or down, and from one end to the other is 1.23. An anchor holds for 4 ms, so
//! the sum is ahead by 1 ms at the most, and a little.
//!
//! - A reading may come before the instructions in front of it: [`AHEAD`] is longer than any processor looks ahead.
//! - The pace is measured from a time before one reading to a time behind another, so rather too fast, and with the clock
//!   that counts while the machine sleeps, as the counter may.
//! - Each anchor is held against what the last one promises. Where it contradicts, the counter has begun anew (suspended to
//!   disk, moved to another machine) or runs slow: the exact clock is used from then on.
//! - A kernel that finds the counter bad takes another clock for its time. Until then the exact time was no better; from
//!   then on a counter that is behind contradicts, at the first anchor that it is behind for. Only counters that have come to
//!   differ from processor to processor can make a time early before that, and then for 4 ms behind an anchor.
//! - In the child of a fork time may be another one (time namespaces): all begins anew.

use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};

/// An anchor holds for so many nanoseconds.
const HOLDS: u64 = 4_000_000;
/// The pace is measured over at least this many.
const MEASURED: u64 = 50_000_000;
/// How much an anchor is ahead from the beginning.
const AHEAD: u64 = 20_000;
/// An anchor that took longer than this to note would be ahead by too much.
const NOTED: u64 = 100_000;
/// The pace is in nanoseconds for this many counts.
const SHIFT: u32 = 24;

/// Where the readings come from.
pub(super) trait Source {
    /// The processor's counter.
    fn counter(&self) -> u64;
    /// The exact time.
    fn exact(&self) -> u64;
    /// A clock that counts while the machine sleeps, too.
    fn asleep_too(&self) -> u64;
}

/// In cache lines of its own: all threads read it all the time, and one writes it every 4 ms at the most.
#[repr(align(128))]
pub(super) struct Counted {
    /// How many counts an anchor holds; 0: there is none.
    holds: AtomicU64,
    /// The pace, a quarter too fast.
    pace: AtomicU64,
    /// The anchor's counter reading...
    counter: AtomicU64,
    /// ...and its time.
    time: AtomicU64,
    /// Held by who notes an anchor.
    noting: AtomicBool,
    /// The counter is what the kernel makes the exact time of.
    usable: AtomicBool,
    /// The beginning of the measurement: a time, and a counter reading behind it. 0: not begun.
    first: [AtomicU64; 2],
}

impl Counted {
    pub(super) const fn new() -> Self {
        Self {
            holds: AtomicU64::new(0),
            pace: AtomicU64::new(0),
            counter: AtomicU64::new(0),
            time: AtomicU64::new(0),
            noting: AtomicBool::new(false),
            usable: AtomicBool::new(false),
            first: [const { AtomicU64::new(0) }; 2],
        }
    }

    /// Forgets all, and begins to measure. By the one thread that installs the library in this process.
    pub(super) fn begin(&self, source: &impl Source, usable: bool) {
        self.holds.store(0, Ordering::Relaxed);
        self.pace.store(0, Ordering::Relaxed);
        self.first[0].store(source.asleep_too(), Ordering::Relaxed);
        self.first[1].store(source.counter(), Ordering::Relaxed);
        self.usable.store(usable, Ordering::Relaxed);
        self.noting.store(false, Ordering::Release);
    }

    /// The exact time, or up to 1.2 ms later.
    #[inline]
    pub(super) fn now_or_later(&self, source: &impl Source) -> u64 {
        // Acquire: with it come the pace and an anchor.
        let holds = self.holds.load(Ordering::Acquire);
        if holds == 0 {
            return self.slowly(source);
        }
        // The anchor's counter first, with acquire: its time is then the same anchor's, or a later one's.
        let anchor = self.counter.load(Ordering::Acquire);
        let passed = source.counter().wrapping_sub(anchor);
        if passed > holds {
            return self.slowly(source);
        }
        self.time.load(Ordering::Relaxed) + ((passed * self.pace.load(Ordering::Relaxed)) >> SHIFT)
    }

    /// The exact time, and where it is used for that, a new anchor.
    #[cold]
    fn slowly(&self, source: &impl Source) -> u64 {
        if !self.usable.load(Ordering::Relaxed) || self.noting.swap(true, Ordering::Acquire) {
            return source.exact();
        }
        let time = self.note(source);
        self.noting.store(false, Ordering::Release);
        time
    }

    /// Alone.
    fn note(&self, source: &impl Source) -> u64 {
        let Some(pace) = self.pace(source) else { return source.exact() };
        // The counter first: the time is that of the reading, or later.
        let counter = source.counter();
        let time = source.exact();
        let after = source.counter();
        if self.contradicts(time, after, pace) {
            self.usable.store(false, Ordering::Relaxed);
            self.holds.store(0, Ordering::Relaxed);
        } else if scaled(after.wrapping_sub(counter), pace) <= NOTED {
            self.time.store(time + AHEAD, Ordering::Relaxed);
            self.counter.store(counter, Ordering::Release);
            self.holds.store((HOLDS << SHIFT) / pace * 5 / 4, Ordering::Release);
        }
        time
    }

    /// Is the exact time ahead of what the last anchor promises for a reading behind it?
    fn contradicts(&self, time: u64, counter: u64, pace: u64) -> bool {
        if self.holds.load(Ordering::Relaxed) == 0 {
            return false;
        }
        let passed = counter.checked_sub(self.counter.load(Ordering::Relaxed));
        passed.is_none_or(|passed| self.time.load(Ordering::Relaxed).saturating_add(scaled(passed, pace)) < time)
    }

    /// The pace, measured if enough time has passed for that.
    fn pace(&self, source: &impl Source) -> Option<u64> {
        let known = self.pace.load(Ordering::Relaxed);
        if known != 0 {
            return Some(known);
        }
        let [time, counter] = [&self.first[0], &self.first[1]].map(|first| first.load(Ordering::Relaxed));
        let counted = source.counter().checked_sub(counter).filter(|&counted| counted > 0)?;
        let passed = source.asleep_too().checked_sub(time).filter(|&passed| passed >= MEASURED)?;
        let pace = (u128::from(passed) << SHIFT) * 5 / (u128::from(counted) * 4) + 1;
        // Slower than a count in a second: that is no counter.
        let pace = u64::try_from(pace).ok().filter(|&pace| pace >> SHIFT < 1_000_000_000)?;
        self.pace.store(pace, Ordering::Relaxed);
        Some(pace)
    }
}

/// So many counts in nanoseconds.
fn scaled(counts: u64, pace: u64) -> u64 {
    u64::try_from((u128::from(counts) * u128::from(pace)) >> SHIFT).unwrap_or(u64::MAX)
}

#[cfg(test)]
mod tests;
