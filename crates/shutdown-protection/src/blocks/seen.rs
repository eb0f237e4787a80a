//! What readers see of an open block, from any thread and at any time.
//!
//! The owner does not wait for them, so what they read may be torn: each figure is an atomic and right by itself, but
//! two of them may be of different blocks. Where that would matter, [`Slot::see`] checks it.

use std::panic::Location;
use std::sync::atomic::{Ordering, fence};

use super::options::Options;
use super::origin::Origin;
use super::slot::{FACE, Slot, State};
use crate::machine::Bounds;
use crate::time::{Span, Time};

/// What a reader saw of an open block.
pub(crate) struct Seen {
    pub(crate) name: Option<&'static str>,
    pub(crate) location: &'static Location<'static>,
    pub(crate) started: Time,
    pub(crate) deadline: Option<Time>,
}

impl Slot {
    /// The deadline, if its time runs. `bounds`: of the shutdown that is pending, which a drain block counts from, and
    /// which has a limit for all (C21).
    pub(crate) fn deadline(&self, bounds: Option<Bounds>) -> Option<Time> {
        // In this order: see `renew_for`.
        let budget = Span(self.budget.load(Ordering::Acquire));
        let from = if self.is_drain() { bounds?.first_at } else { Time(self.renewed.load(Ordering::Relaxed)) };
        let deadline = from.plus(budget);
        Some(bounds.map_or(deadline, |bounds| deadline.min(bounds.limit)))
    }

    /// What it was opened as, for a guard that a child inherited (C23). By its owner.
    pub(crate) fn options(&self) -> Options {
        Options {
            budget: Span(self.budget.load(Ordering::Relaxed)),
            drain: self.is_drain(),
            regardless: false,
            // SAFETY: its owner asks, so both are of this use, since nobody else opens it.
            name: unsafe { name(self.name.load(Ordering::Relaxed), self.origin()) },
        }
    }

    pub(crate) fn location(&self) -> Option<&'static Location<'static>> {
        if self.is_a_face_s() {
            return None;
        }
        // SAFETY: only `open` stores here, always a reference that is valid for ever; null before that.
        // What a face stores was seen above.
        unsafe { self.location.load(Ordering::Relaxed).as_ref() }
    }

    /// When it was started, to some milliseconds, rounded down.
    pub(crate) fn started(&self) -> Time {
        self.origin().started()
    }

    fn origin(&self) -> Origin {
        Origin(self.origin.load(Ordering::Relaxed))
    }

    /// Reads an open block from any thread; `None` if it is not open, or changed meanwhile. A seqlock: what
    /// was read counts only if the state, with the block's number, is the same before and after.
    pub(crate) fn see(&self, bounds: Option<Bounds>) -> Option<Seen> {
        let before = self.word.load(Ordering::Acquire);
        if State::of(before) == State::Free || before & FACE != 0 {
            return None;
        }
        let origin = self.origin();
        let deadline = self.deadline(bounds);
        let location = self.location();
        let data = self.name.load(Ordering::Relaxed);
        fence(Ordering::Acquire);
        let after = self.word.load(Ordering::Relaxed);
        if !Self::is_same_use(before, after) {
            return None;
        }
        // SAFETY: the check above says that both were read within one use.
        let name = unsafe { name(data, origin) };
        Some(Seen { name, location: location?, started: origin.started(), deadline })
    }
}

/// The name that [`open`](Slot::open) stored.
///
/// # Safety
///
/// Both are of the same use of a slot.
unsafe fn name(data: *const u8, origin: Origin) -> Option<&'static str> {
    if origin.name_len() == 0 {
        return None;
    }
    // SAFETY: not empty, so `open` stored pointer and length together, from a `&'static str`; the same use, says the
    // caller.
    Some(unsafe { std::str::from_utf8_unchecked(std::slice::from_raw_parts(data, origin.name_len())) })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::blocks::arena;

    #[test]
    fn a_block_is_seen_as_what_it_was_opened_as_and_only_while_it_is_open() {
        std::thread::spawn(|| {
            let arena = arena::acquire();
            let (slot, serial) = arena.take();
            assert!(slot.see(None).is_none());
            let now = Time::now();
            for name in [Some("import"), None, Some("")] {
                let options = Options { budget: Span::from_millis(7), drain: false, regardless: false, name };
                let location = Location::caller();
                slot.open(&options, location, serial, 0, now);
                let seen = slot.see(None).unwrap();
                assert_eq!(seen.name, name.filter(|name| !name.is_empty()));
                assert_eq!(seen.location, location);
                assert_eq!(seen.deadline, Some(now.plus(Span::from_millis(7))));
                assert!(seen.started.until(now) < Span::from_millis(5).into() && seen.started <= now);
                // What a free slot keeps where the name stood is not taken for a name.
                slot.free();
                slot.set_next_free(std::ptr::from_ref(slot).cast());
                assert!(slot.see(None).is_none());
            }
            arena.give(slot);
        })
        .join()
        .unwrap();
    }

    #[test]
    fn a_drain_block_has_a_deadline_from_the_event_on() {
        std::thread::spawn(|| {
            let arena = arena::acquire();
            let (slot, serial) = arena.take();
            let options = Options { budget: Span(7), drain: true, regardless: false, name: None };
            slot.open(&options, Location::caller(), serial, 0, Time::now_or_later());
            assert_eq!(slot.deadline(None), None);
            assert_eq!(slot.deadline(Some(Time(5).into())), Some(Time(12)));
            assert!(slot.options().drain);
            slot.free();
            arena.give(slot);
        })
        .join()
        .unwrap();
    }

    #[test]
    fn c21_no_deadline_is_later_than_the_limit_also_of_a_block_that_is_renewed() {
        std::thread::spawn(|| {
            let arena = arena::acquire();
            let (slot, serial) = arena.take();
            let bounds = Some(Bounds { first_at: Time(5), limit: Time(100) });
            for (drain, budget, expected) in [(true, 7, 12), (true, 96, 100), (false, u64::MAX, 100)] {
                let options = Options { budget: Span(budget), drain, regardless: false, name: None };
                slot.open(&options, Location::caller(), serial, 0, Time::now_or_later());
                slot.renew(Time::now_or_later());
                assert_eq!(slot.deadline(bounds), Some(Time(expected)));
                assert_eq!(slot.see(bounds).unwrap().deadline, Some(Time(expected)));
                slot.free();
            }
            arena.give(slot);
        })
        .join()
        .unwrap();
    }
}
