//! Runs that are measured, and those that are dropped: the machine was too slow for them to mean something.
//!
//! What is dropped is run again, and the tables tell how often, and why. Dropping hides no fault: whoever drops a run has held
//! its end up to what must be so on any machine, and a row of which every run was dropped is a fault itself.

use std::collections::BTreeMap;
use std::sync::Mutex;
use std::sync::atomic::{AtomicU64, Ordering};

use crate::Result;
use crate::lateness::Lateness;
use crate::page::Faults;
use crate::programs::some_at_once;

/// How often a run that was dropped is tried in all.
const TRIES: u32 = 20;

/// What one run has shown.
pub enum Run {
    /// The moment that was promised, and when it came.
    Shown(u64, u64),
    /// Nothing, for that reason.
    Dropped(&'static str),
}

/// The runs of a row.
#[derive(Default)]
pub struct Runs {
    lateness: Mutex<Lateness>,
    dropped: Mutex<BTreeMap<&'static str, u64>>,
    unfinished: AtomicU64,
}

impl Runs {
    /// Runs each of `count` jobs until it has shown something, some at once. Faults are told under the name of the row.
    pub fn all(name: &str, count: usize, faults: &Faults, job: impl Fn(usize) -> Result<Run> + Sync) -> Self {
        let runs = Self::default();
        some_at_once(count, |index| runs.one(name, index, faults, &job));
        runs.told(name, faults)
    }

    /// The same, one after the other.
    pub fn one_by_one(name: &str, count: usize, faults: &Faults, job: impl Fn(usize) -> Result<Run>) -> Self {
        let runs = Self::default();
        (0..count).for_each(|index| runs.one(name, index, faults, &job));
        runs.told(name, faults)
    }

    fn told(self, name: &str, faults: &Faults) -> Self {
        let shown = self.lateness.lock().is_ok_and(|lateness| !lateness.is_empty());
        // Runs that ended in a fault have told it.
        let finished = self.unfinished.load(Ordering::SeqCst) == 0;
        faults.check(shown || finished, || format!("{name}: every run was dropped, so nothing is shown"));
        self
    }

    fn one(&self, name: &str, index: usize, faults: &Faults, job: impl Fn(usize) -> Result<Run>) {
        for _ in 0..TRIES {
            match job(index) {
                Ok(Run::Shown(promised, came)) => {
                    let held = self.lateness.lock().is_ok_and(|mut lateness| lateness.record(promised, came));
                    return faults.check(held, || format!("{name}: early by {} ns", promised.saturating_sub(came)));
                }
                Ok(Run::Dropped(why)) => {
                    if let Ok(mut dropped) = self.dropped.lock() {
                        *dropped.entry(why).or_default() += 1;
                    }
                }
                Err(error) => return faults.tell(format!("{name}: {error}")),
            }
        }
        self.unfinished.fetch_add(1, Ordering::SeqCst);
    }

    /// The cells of a row: those of [`Lateness`], and what was dropped, and why.
    #[must_use]
    pub fn cells(self) -> Vec<String> {
        let lateness = self.lateness.into_inner().unwrap_or_default();
        let dropped = self.dropped.into_inner().unwrap_or_default();
        let mut reasons: Vec<_> = dropped.iter().map(|(why, count)| format!("{count}: {why}")).collect();
        if self.unfinished.into_inner() > 0 {
            reasons.push("not all were run again".to_owned());
        }
        let reasons = if reasons.is_empty() { "0".to_owned() } else { reasons.join("; ") };
        lateness.cells().into_iter().chain([reasons]).collect()
    }
}

/// The header of the last of [`Runs::cells`].
pub const DROPPED: &str = "dropped, run again";

#[cfg(test)]
mod tests {
    use std::sync::atomic::AtomicUsize;

    use super::*;

    #[test]
    fn what_is_dropped_is_run_again_and_told() {
        let (faults, tries) = (Faults::default(), AtomicUsize::new(0));
        let runs = Runs::all("row", 1, &faults, |_| {
            Ok(if tries.fetch_add(1, Ordering::SeqCst) < 2 { Run::Dropped("too slow") } else { Run::Shown(1, 2) })
        });
        let cells = runs.cells();
        assert_eq!((cells[0].as_str(), cells[6].as_str(), faults.count()), ("1", "2: too slow", 0));
    }

    #[test]
    fn a_row_that_shows_nothing_and_an_early_end_are_faults() {
        let faults = Faults::default();
        assert_eq!(Runs::all("row", 1, &faults, |_| Ok(Run::Dropped("too slow"))).cells()[0], "0");
        assert_eq!(faults.count(), 1);
        Runs::all("row", 1, &faults, |_| Ok(Run::Shown(2, 1)));
        assert_eq!(faults.count(), 2);
    }
}
