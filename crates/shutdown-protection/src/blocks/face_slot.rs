//! The slot of a block of another face.
//!
//! It has the face's own tag in the place of a location in Rust's source, and the number of a task in that of a name. Both
//! are the face's to understand.

use std::ptr;
use std::sync::atomic::{Ordering, fence};

use super::options::Options;
use super::origin::Origin;
use super::slot::{DRAIN, FACE, FUTURE, IN_LOOP, ON_MAIN, SERIAL_SHIFT, STATE, Slot, State, TASK};
use crate::machine::Bounds;
use crate::time::Time;

/// Whose it is.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Holder {
    pub(crate) tag: *const (),
    /// The number of the task that owns it; 0: its thread does.
    pub(crate) task: u64,
    /// An event loop runs in the thread.
    pub(crate) in_loop: bool,
    /// The task runs in the main thread.
    pub(crate) on_main: bool,
}

/// What a reader saw of an open block of a face.
pub(crate) struct SeenOfFace {
    pub(crate) tag: *const (),
    pub(crate) started: Time,
    /// `None`: its time does not run yet.
    pub(crate) deadline: Option<Time>,
}

impl Slot {
    /// As [`open`](Self::open), for a block of another face.
    #[inline]
    pub(crate) fn open_for(&self, holder: &Holder, options: &Options, serial: u64, calm: u32, now: Time) {
        fence(Ordering::Release);
        self.renewed.store(now.0, Ordering::Relaxed);
        self.budget.store(options.budget.0, Ordering::Relaxed);
        self.origin.store(Origin::new(now, calm, "").0, Ordering::Relaxed);
        self.location.store(holder.tag.cast_mut().cast(), Ordering::Relaxed);
        let mut flags = FACE | if options.drain { DRAIN } else { 0 };
        if holder.task != 0 {
            flags |= FUTURE | TASK | if holder.on_main { ON_MAIN } else { 0 };
            self.name.store(ptr::without_provenance_mut(holder.task as usize), Ordering::Relaxed);
        } else if holder.in_loop {
            flags |= IN_LOOP;
        }
        self.word.store((serial << SERIAL_SHIFT) | flags | State::Open as u64, Ordering::Release);
    }

    /// The number of the task that owns it; 0: none does.
    pub(crate) fn task(&self) -> u64 {
        if self.word() & TASK == 0 { 0 } else { self.name.load(Ordering::Relaxed).addr() as u64 }
    }

    /// The other face's tag; null: it is none's.
    pub(crate) fn tag(&self) -> *const () {
        if self.is_a_face_s() { self.location.load(Ordering::Relaxed).cast_const().cast() } else { ptr::null() }
    }

    /// As [`see`](Self::see), of a block of a face: its tag is that of a block which was open behind the call.
    pub(crate) fn see_of_face(&self, bounds: Option<Bounds>) -> Option<SeenOfFace> {
        let before = self.word.load(Ordering::Acquire);
        if State::of(before) == State::Free || before & FACE == 0 {
            return None;
        }
        let tag = self.location.load(Ordering::Relaxed).cast_const().cast();
        let seen = SeenOfFace { tag, started: self.started(), deadline: self.deadline(bounds) };
        fence(Ordering::Acquire);
        Self::is_same_use(before, self.word.load(Ordering::Relaxed)).then_some(seen)
    }

    pub(crate) fn is_in_loop(&self) -> bool {
        self.word() & IN_LOOP != 0
    }

    pub(super) fn is_a_face_s(&self) -> bool {
        self.word() & FACE != 0
    }

    /// From open to interrupted, unless the owner ends it at this moment: by the supervisor.
    pub(crate) fn note_interrupted(&self) -> bool {
        let old = self.word.load(Ordering::Relaxed);
        let interrupted = (old & !STATE) | State::Interrupted as u64;
        State::of(old) == State::Open
            && self.word.compare_exchange(old, interrupted, Ordering::AcqRel, Ordering::Relaxed).is_ok()
    }
}
