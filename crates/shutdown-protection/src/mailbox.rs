//! Events on their way from the handlers to the engine: of signals, of the console, of the hidden window.
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

#[cfg(not(loom))]
const KINDS: usize = ShutdownEvent::FROM_OUTSIDE.len();
/// What its tests put in.
#[cfg(loom)]
const KINDS: usize = 2;
/// The low bits of a cell hold the event and the way that it came, the others its time. 59 bits of nanoseconds are 18
/// years of uptime.
const WAY_SHIFT: u32 = 4;
const TIME_SHIFT: u32 = 5;
const WINDOW: u64 = 1 << WAY_SHIFT;

pub(crate) struct Mailbox {
    cells: [AtomicU64; CELLS],
    newest: [AtomicU64; KINDS],
}

/// What was taken out of the mailbox, in the order of time.
pub(crate) struct Letters {
    letters: [u64; CELLS + KINDS],
    len: usize,
}

/// One event as it came.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Letter {
    pub(crate) at: Time,
    pub(crate) event: ShutdownEvent,
    /// By a message of the hidden window (C2).
    pub(crate) window: bool,
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

    /// Puts an event in. Lock-free, for handlers: it allocates nothing and cannot fail.
    ///
    /// Release pairs with the acquire in [`take`](Self::take): with the event comes what the handler did
    /// before.
    pub(crate) fn put(&self, event: ShutdownEvent, at: Time) {
        self.put_by(0, event, at);
    }

    /// The same for a message of the hidden window: `WM_CLOSE` is a [`CtrlClose`](ShutdownEvent::CtrlClose), those of the end
    /// of a session are a [`CtrlLogoff`](ShutdownEvent::CtrlLogoff) or a [`CtrlShutdown`](ShutdownEvent::CtrlShutdown).
    #[cfg(any(windows, all(test, not(loom))))]
    pub(crate) fn put_window(&self, event: ShutdownEvent, at: Time) {
        self.put_by(WINDOW, event, at);
    }

    fn put_by(&self, way: u64, event: ShutdownEvent, at: Time) {
        let letter = (at.0 << TIME_SHIFT) | way | (event.index() as u64 + 1);
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
        let mut letters = Letters { letters: [0; CELLS + KINDS], len: 0 };
        for cell in self.cells.iter().chain(&self.newest) {
            // A look first: storms aside, all cells are empty, and a look leaves their cache lines shared.
            if cell.load(Ordering::Relaxed) != 0 {
                letters.push(cell.swap(0, Ordering::AcqRel));
            }
        }
        letters.letters[..letters.len].sort_unstable_by_key(|letter| letter >> TIME_SHIFT);
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
        self.letters[self.len] = letter;
        self.len += 1;
    }

    pub(crate) fn iter(&self) -> impl Iterator<Item = Letter> + '_ {
        self.letters[..self.len].iter().filter_map(|letter| {
            let index = (letter & (WINDOW - 1)) as usize;
            let event = *ShutdownEvent::FROM_OUTSIDE.get(index.wrapping_sub(1))?;
            Some(Letter { at: Time(letter >> TIME_SHIFT), event, window: letter & WINDOW != 0 })
        })
    }
}

#[cfg(all(test, not(loom)))]
mod tests {
    use super::*;

    fn taken(mailbox: &Mailbox) -> Vec<(u64, ShutdownEvent)> {
        mailbox.take().iter().map(|letter| (letter.at.0, letter.event)).collect()
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

    #[test]
    fn c2_each_event_comes_out_as_what_it_was_and_by_the_way_that_it_came() {
        let mailbox = Mailbox::new();
        for (at, event) in (1..).zip(ShutdownEvent::FROM_OUTSIDE) {
            mailbox.put(event, Time(2 * at));
            mailbox.put_window(event, Time(2 * at + 1));
        }
        let taken: Vec<_> = mailbox.take().iter().collect();
        let by = |at, event, window| Letter { at: Time(at), event, window };
        let both = |(at, event): (u64, ShutdownEvent)| [by(2 * at, event, false), by(2 * at + 1, event, true)];
        let expected: Vec<_> = (1..).zip(ShutdownEvent::FROM_OUTSIDE).flat_map(both).collect();
        assert_eq!(taken, expected);
    }
}
