//! One open block, in 48 bytes: what its owner and the engine write.
//!
//! Slots lie side by side, not each in cache lines of its own: those of a chunk are one thread's, which alone writes
//! them while nothing is pending.

use std::panic::Location;
use std::ptr;
use std::sync::atomic::{AtomicPtr, AtomicU64, Ordering, fence};

use super::options::Options;
use super::origin::{self, Origin};
use crate::time::{Span, Time};

/// The state is in the low bits of [`Slot::word`], flags are above it, and above these stands which of its thread's
/// blocks it is, in the order of their starts: so a reader notices that a slot became another block's, and a guest's
/// event knows the blocks that were open when it came (C27). A free slot's word is 0, so that neither start nor end has
/// to read what it writes. Only `cancel_shutdown()` changes the word of an open slot from another thread.
pub(super) const STATE: u64 = 0b11;
pub(super) const SERIAL_SHIFT: u32 = 9;

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[repr(u64)]
pub(crate) enum State {
    Free = 0,
    Open = 1,
    /// The owner has been told to stop. Open until the guard is dropped (C17).
    Interrupted = 2,
    /// Its owner ends it with an error of its own (C10). Open until it is dropped, too.
    Failed = 3,
}

/// A block of a future, which is an owner of its own, not the thread's whose arena it lies in.
pub(super) const FUTURE: u64 = 4;
/// `max_exec_time` is a `drain_time`: it runs from the event, not from the start.
pub(super) const DRAIN: u64 = 8;
/// The future was last polled by the main thread.
pub(super) const ON_MAIN: u64 = 16;
/// It was started although a shutdown was pending (C12).
const LATE: u64 = 32;
/// It belongs to a task of another language's event loop, whose number stands where a name would.
pub(super) const TASK: u64 = 64;
/// It is another face's: its location is that face's own tag.
pub(super) const FACE: u64 = 128;
/// It is a thread's, started within what that thread's event loop runs.
pub(super) const IN_LOOP: u64 = 256;

impl State {
    pub(crate) fn of(word: u64) -> Self {
        match word & STATE {
            0 => Self::Free,
            1 => Self::Open,
            2 => Self::Interrupted,
            _ => Self::Failed,
        }
    }
}

#[repr(C)]
pub(crate) struct Slot {
    pub(super) word: AtomicU64,
    /// When the block got its time last: a [`Time`], never too early (C11).
    pub(super) renewed: AtomicU64,
    pub(super) budget: AtomicU64,
    /// An [`Origin`].
    pub(super) origin: AtomicU64,
    pub(super) location: AtomicPtr<Location<'static>>,
    /// Open: the name's first byte, or anything if the name's length is 0. Free: the next free slot. A reader believes
    /// it only after the check in [`see`](Slot::see).
    pub(super) name: AtomicPtr<u8>,
}

const _: () = assert!(size_of::<Slot>() <= 48, "with its guard, an open block costs at most 64 bytes");

impl Slot {
    /// Opens a free slot that the caller has taken. Relaxed stores, then a release store of the state: who
    /// reads the state with acquire sees the rest. The fence keeps the rest from becoming visible before
    /// the slot was free (see [`see`](Self::see)).
    #[inline]
    pub(crate) fn open(
        &self,
        options: &Options,
        location: &'static Location<'static>,
        serial: u64,
        calm: u32,
        now: Time,
    ) {
        self.open_as(0, options, location, serial, calm, now);
    }

    /// With these flags.
    #[inline]
    pub(super) fn open_as(
        &self,
        flags: u64,
        options: &Options,
        location: &'static Location<'static>,
        serial: u64,
        calm: u32,
        now: Time,
    ) {
        fence(Ordering::Release);
        let name = origin::shortened(options.name.unwrap_or_default());
        self.renewed.store(now.0, Ordering::Relaxed);
        self.budget.store(options.budget.0, Ordering::Relaxed);
        self.origin.store(Origin::new(now, calm, name).0, Ordering::Relaxed);
        self.location.store(ptr::from_ref(location).cast_mut(), Ordering::Relaxed);
        if !name.is_empty() {
            self.name.store(name.as_ptr().cast_mut(), Ordering::Relaxed);
        }
        let flags = flags | if options.drain { DRAIN } else { 0 };
        self.word.store((serial << SERIAL_SHIFT) | flags | State::Open as u64, Ordering::Release);
    }

    /// The gate's word when all is calm in the process that opened it.
    #[inline]
    pub(crate) fn calm(&self) -> u32 {
        Origin(self.origin.load(Ordering::Relaxed)).calm()
    }

    /// Frees the slot.
    #[inline]
    pub(crate) fn free(&self) {
        self.word.store(State::Free as u64, Ordering::Release);
    }

    /// The state as it is, for [`restore`](Self::restore).
    #[inline]
    pub(crate) fn word(&self) -> u64 {
        self.word.load(Ordering::Relaxed)
    }

    /// Undoes a [`free`](Self::free).
    pub(crate) fn restore(&self, word: u64) {
        self.word.store(word, Ordering::Release);
    }

    /// Changes the state of an open slot.
    pub(crate) fn set_state(&self, state: State) {
        let old = self.word.load(Ordering::Relaxed);
        self.word.store((old & !STATE) | state as u64, Ordering::Release);
    }

    /// From interrupted back to open, unless the owner ends it at this moment (C26).
    pub(crate) fn reopen(&self) {
        let old = self.word.load(Ordering::Relaxed);
        if old & STATE == State::Interrupted as u64 {
            let open = (old & !STATE) | State::Open as u64;
            let _ = self.word.compare_exchange(old, open, Ordering::AcqRel, Ordering::Relaxed);
        }
    }

    pub(crate) fn state(&self) -> State {
        State::of(self.word.load(Ordering::Acquire))
    }

    pub(crate) fn is_open(&self) -> bool {
        self.state() != State::Free
    }

    /// Is it a future's or a task's, not its thread's?
    pub(crate) fn is_future(&self) -> bool {
        self.word() & FUTURE != 0
    }

    pub(crate) fn is_future_on_main(&self) -> bool {
        self.word() & (FUTURE | ON_MAIN) == FUTURE | ON_MAIN
    }

    pub(super) fn is_drain(&self) -> bool {
        self.word() & DRAIN != 0
    }

    /// Does this word say so?
    pub(crate) fn is_late(word: u64) -> bool {
        word & LATE != 0
    }

    pub(crate) fn set_late(&self) {
        self.word.fetch_or(LATE, Ordering::Relaxed);
    }

    /// At each poll, so mostly without a change.
    pub(crate) fn set_on_main(&self, on_main: bool) {
        match (on_main, self.word() & ON_MAIN != 0) {
            (true, false) => _ = self.word.fetch_or(ON_MAIN, Ordering::Relaxed),
            (false, true) => _ = self.word.fetch_and(!ON_MAIN, Ordering::Relaxed),
            _ => {}
        }
    }

    /// Do both words stand for the same use of a slot?
    pub(super) fn is_same_use(word: u64, other: u64) -> bool {
        word >> SERIAL_SHIFT == other >> SERIAL_SHIFT
    }

    /// Was it started before `other`, a block of the same thread?
    pub(crate) fn is_older_than(&self, other: &Self) -> bool {
        self.serial() < other.serial()
    }

    /// Which of its thread's blocks it is, in the order of their starts, from 1 on.
    pub(crate) fn serial(&self) -> u64 {
        self.word() >> SERIAL_SHIFT
    }

    /// Gives the block its time again, from `now`. One store; a drain block's time is not counted from here,
    /// so the store means nothing to it.
    #[inline]
    pub(crate) fn renew(&self, now: Time) {
        self.renewed.store(now.0, Ordering::Relaxed);
    }

    /// Gives it this time, from `now`. Released behind the other store, so that nobody sees a shorter time together with an
    /// earlier start: the block would seem to have lapsed.
    pub(crate) fn renew_for(&self, budget: Span, now: Time) {
        self.renew(now);
        self.budget.store(budget.0, Ordering::Release);
    }

    /// The next one in a list of free slots.
    pub(super) fn next_free(&self) -> *const u8 {
        self.name.load(Ordering::Relaxed)
    }

    pub(super) fn set_next_free(&self, next: *const u8) {
        // Not visible before the state is free: see `see`.
        fence(Ordering::Release);
        self.name.store(next.cast_mut(), Ordering::Relaxed);
    }
}
