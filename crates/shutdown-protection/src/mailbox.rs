//! Events on their way from the signal handlers to the engine.
//!
//! A handler puts the event with its time into a free cell, by one compare-and-exchange, so that the engine
//! can judge when each came, however late it looks (C2: what comes within 50 ms is one attempt). Where all
//! cells are taken, a storm is on, and the event's own last cell keeps the newest of its kind: none is lost
//! as a kind (C1).

use crate::event::ShutdownEvent;
use crate::sync::atomic::{AtomicU64, Ordering};
use crate::time::Time;

#[cfg(not(loom))]
pub(crate) const CELLS: usize = 32;
#[cfg(loom)]
pub(crate) const CELLS: usize = 1;

const KINDS: usize = ShutdownEvent::SIGNALS.len();
/// The low bits of a cell hold the event, the others its time. 61 bits of nanoseconds are 73 years of uptime.
const EVENT_BITS: u32 = 3;

pub(crate) struct Mailbox {
    cells: [AtomicU64; CELLS],
    newest: [AtomicU64; KINDS],
}

/// What was taken out of the mailbox, in the order of time.
pub(crate) struct Letters {
    letters: [(Time, Option<ShutdownEvent>); CELLS + KINDS],
    len: usize,
}

impl Mailbox {
    #[cfg(not(loom))]
    pub(crate) const fn new() -> Self {
        Self { cells: [const { AtomicU64::new(0) }; CELLS], newest: [const { AtomicU64::new(0) }; KINDS] }
    }

    #[cfg(loom)]
    pub(crate) fn new() -> Self {
        Self { cells: std::array::from_fn(|_| AtomicU64::new(0)), newest: std::array::from_fn(|_| AtomicU64::new(0)) }
    }

    /// Puts an event in. Lock-free, for signal handlers: it allocates nothing and cannot fail.
    ///
    /// Release pairs with the acquire in [`take`](Self::take): with the event comes what the handler did
    /// before.
    pub(crate) fn put(&self, event: ShutdownEvent, at: Time) {
        let letter = (at.0 << EVENT_BITS) | (event.index() as u64 + 1);
        for cell in &self.cells {
            if cell.compare_exchange(0, letter, Ordering::AcqRel, Ordering::Relaxed).is_ok() {
                return;
            }
        }
        if let Some(cell) = self.newest.get(event.index()) {
            cell.store(letter, Ordering::Release);
        }
    }

    /// Takes all that is there. One taker at a time (the engine's lock).
    pub(crate) fn take(&self) -> Letters {
        let mut letters = Letters { letters: [(Time(0), None); CELLS + KINDS], len: 0 };
        for cell in self.cells.iter().chain(&self.newest) {
            // A look first: storms aside, all cells are empty, and a look leaves their cache lines shared.
            if cell.load(Ordering::Relaxed) != 0 {
                letters.push(cell.swap(0, Ordering::AcqRel));
            }
        }
        letters.letters[..letters.len].sort_unstable_by_key(|letter| letter.0);
        letters
    }

    /// In the child of a fork: what came for the parent is the parent's (C23).
    pub(crate) fn forked(&self) {
        for cell in self.cells.iter().chain(&self.newest) {
            cell.store(0, Ordering::Relaxed);
        }
    }
}

impl Letters {
    fn push(&mut self, letter: u64) {
        let index = (letter & ((1 << EVENT_BITS) - 1)) as usize;
        let event = ShutdownEvent::SIGNALS.get(index.wrapping_sub(1)).copied();
        self.letters[self.len] = (Time(letter >> EVENT_BITS), event);
        self.len += 1;
    }

    pub(crate) fn iter(&self) -> impl Iterator<Item = (Time, ShutdownEvent)> + '_ {
        self.letters[..self.len].iter().filter_map(|&(at, event)| event.map(|event| (at, event)))
    }
}

#[cfg(all(test, not(loom)))]
mod tests {
    use super::*;

    fn taken(mailbox: &Mailbox) -> Vec<(u64, ShutdownEvent)> {
        mailbox.take().iter().map(|(at, event)| (at.0, event)).collect()
    }

    #[test]
    fn c1_events_come_out_once_and_in_the_order_of_their_times() {
        let mailbox = Mailbox::new();
        mailbox.put(ShutdownEvent::SigTerm, Time(70));
        mailbox.put(ShutdownEvent::SigHup, Time(50));
        assert_eq!(taken(&mailbox), [(50, ShutdownEvent::SigHup), (70, ShutdownEvent::SigTerm)]);
        assert_eq!(taken(&mailbox), []);
    }

    #[test]
    fn c1_a_storm_of_one_kind_does_not_push_out_another() {
        let mailbox = Mailbox::new();
        for at in 1..=10_000 {
            mailbox.put(ShutdownEvent::SigInt, Time(at));
        }
        mailbox.put(ShutdownEvent::SigQuit, Time(10_001));
        let taken = taken(&mailbox);
        assert_eq!(taken.last(), Some(&(10_001, ShutdownEvent::SigQuit)));
        assert_eq!(taken.iter().filter(|(_, event)| *event == ShutdownEvent::SigInt).count(), CELLS + 1);
    }
}
