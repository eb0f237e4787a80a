//! One open block, in one cache line.

use std::alloc::{Layout, alloc_zeroed, handle_alloc_error};
use std::panic::Location;
use std::ptr;
use std::sync::atomic::{AtomicPtr, AtomicU32, AtomicU64, Ordering, fence};

use super::options::Options;
use crate::future::AsyncBlock;
use crate::time::{Span, Stamp, Time};

/// The state is in the low bits of [`Slot::word`], flags are above it, and above these stands which of its thread's
/// blocks it is, in the order of their starts: so a reader notices that a slot became another block's, and a guest's
/// event knows the blocks that were open when it came (C27). A free slot's word is 0, so that neither start nor end has
/// to read what it writes. Only `cancel_shutdown()` changes the word of an open slot from another thread.
const STATE: u64 = 0b11;
const SERIAL_SHIFT: u32 = 8;

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
const FUTURE: u64 = 4;
/// `max_exec_time` is a `drain_time`: it runs from the event, not from the start.
const DRAIN: u64 = 8;
/// The future was last polled by the main thread.
const ON_MAIN: u64 = 16;
/// It was started although a shutdown was pending (C12).
const LATE: u64 = 32;
/// It belongs to a task of another language's event loop, whose number is where a future's block would be.
const TASK: u64 = 64;
/// It is another face's: its location is that face's own tag.
const FACE: u64 = 128;

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

#[repr(C, align(64))]
pub(crate) struct Slot {
    word: AtomicU64,
    /// When the block got its time last: a [`Stamp`].
    renewed: AtomicU64,
    budget: AtomicU64,
    started: AtomicU64,
    location: AtomicPtr<Location<'static>>,
    /// Open: the name's first byte, or null. Free: the next free slot. A reader believes it only after the
    /// check in [`see`](Slot::see).
    name: AtomicPtr<u8>,
    name_len: AtomicU32,
    /// The gate's word when all is calm in the process that opened it.
    calm: AtomicU32,
    /// For a future: its [`AsyncBlock`], one count of it. Else null.
    future: AtomicPtr<AsyncBlock>,
}

const _: () = assert!(size_of::<Slot>() == 64, "an open block costs 64 bytes");

/// What a reader saw of an open block.
pub(crate) struct Seen {
    pub(crate) name: Option<&'static str>,
    pub(crate) location: &'static Location<'static>,
    pub(crate) started: Time,
    pub(crate) deadline: Option<Time>,
}

impl Slot {
    /// A chunk of free slots, for ever. Zero is what a free slot is: the system gives such pages without touching them.
    pub(super) fn zeroed(len: usize) -> *mut Self {
        let Ok(layout) = Layout::array::<Self>(len) else { unreachable!("a chunk has at most 2^31 slots of 64 bytes") };
        // SAFETY: the layout is not empty, since `len` is at least 16.
        let slots = unsafe { alloc_zeroed(layout) };
        if slots.is_null() {
            handle_alloc_error(layout);
        }
        // All fields are atomics, for which zero (and null) is valid.
        slots.cast()
    }

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
        now: Stamp,
    ) {
        fence(Ordering::Release);
        let drain = options.drain;
        self.renewed.store(now.0, Ordering::Relaxed);
        self.budget.store(options.budget.0, Ordering::Relaxed);
        self.started.store(now.0, Ordering::Relaxed);
        self.location.store(ptr::from_ref(location).cast_mut(), Ordering::Relaxed);
        let name = options.name.unwrap_or("");
        self.name.store(name.as_ptr().cast_mut(), Ordering::Relaxed);
        self.name_len.store(u32::try_from(name.len()).unwrap_or(u32::MAX), Ordering::Relaxed);
        self.calm.store(calm, Ordering::Relaxed);
        let flags = if drain { DRAIN } else { 0 };
        self.word.store((serial << SERIAL_SHIFT) | flags | State::Open as u64, Ordering::Release);
    }

    /// Makes it the block of a future. Under the arena's owner, before [`open`](Self::open)'s barrier.
    pub(crate) fn set_future(&self, block: *const AsyncBlock) {
        self.word.fetch_or(FUTURE, Ordering::Relaxed);
        self.future.store(block.cast_mut(), Ordering::Release);
    }

    /// As [`open`](Self::open), for a block of another face. `task`: the number of the task that owns it; 0: the thread does.
    #[inline]
    #[allow(clippy::too_many_arguments, reason = "one store each")]
    pub(crate) fn open_for_face(
        &self,
        options: &Options,
        tag: *const (),
        task: u64,
        on_main: bool,
        serial: u64,
        calm: u32,
        now: Stamp,
    ) {
        fence(Ordering::Release);
        self.renewed.store(now.0, Ordering::Relaxed);
        self.budget.store(options.budget.0, Ordering::Relaxed);
        self.started.store(now.0, Ordering::Relaxed);
        self.location.store(tag.cast_mut().cast(), Ordering::Relaxed);
        self.calm.store(calm, Ordering::Relaxed);
        let mut flags = FACE | if options.drain { DRAIN } else { 0 };
        if task != 0 {
            flags |= FUTURE | TASK | if on_main { ON_MAIN } else { 0 };
            self.future.store(ptr::without_provenance_mut(task as usize), Ordering::Relaxed);
        }
        self.word.store((serial << SERIAL_SHIFT) | flags | State::Open as u64, Ordering::Release);
    }

    /// The number of the task that owns it; 0: none does.
    pub(crate) fn task(&self) -> u64 {
        if self.word() & TASK == 0 { 0 } else { self.future.load(Ordering::Relaxed).addr() as u64 }
    }

    /// The other face's tag; null: it is none's.
    pub(crate) fn tag(&self) -> *const () {
        let face = self.word() & FACE != 0;
        if face { self.location.load(Ordering::Relaxed).cast_const().cast() } else { ptr::null() }
    }

    pub(crate) fn started(&self) -> Time {
        Stamp(self.started.load(Ordering::Relaxed)).time()
    }

    /// From open to interrupted, unless the owner ends it at this moment: by the supervisor.
    pub(crate) fn note_interrupted(&self) -> bool {
        let old = self.word.load(Ordering::Relaxed);
        old & STATE == State::Open as u64
            && self
                .word
                .compare_exchange(old, (old & !STATE) | State::Interrupted as u64, Ordering::AcqRel, Ordering::Relaxed)
                .is_ok()
    }

    /// Takes the count of the future's block out: the owner at the end, or the supervisor when it watches it.
    /// Whoever gets it, has it.
    pub(crate) fn take_future(&self) -> *const AsyncBlock {
        self.future.swap(ptr::null_mut(), Ordering::AcqRel).cast_const()
    }

    #[inline]
    pub(crate) fn calm(&self) -> u32 {
        self.calm.load(Ordering::Relaxed)
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

    /// Was it started before `other`, a block of the same thread?
    pub(crate) fn is_older_than(&self, other: &Self) -> bool {
        self.word() >> SERIAL_SHIFT < other.word() >> SERIAL_SHIFT
    }

    /// Was it open when its thread had started `serial` blocks?
    pub(crate) fn is_as_old_as(&self, serial: u64) -> bool {
        self.word() >> SERIAL_SHIFT <= serial
    }

    /// The deadline, if its time runs. `first_event`: when a shutdown became pending, from which a drain
    /// block counts.
    pub(crate) fn deadline(&self, first_event: Option<Time>) -> Option<Time> {
        let budget = Span(self.budget.load(Ordering::Relaxed));
        if self.word() & DRAIN != 0 {
            return first_event.map(|event| event.plus(budget));
        }
        Some(Stamp(self.renewed.load(Ordering::Relaxed)).time().plus(budget))
    }

    /// Gives the block its time again, from `now`. One store; a drain block's time is not counted from here,
    /// so the store means nothing to it.
    #[inline]
    pub(crate) fn renew(&self, now: Stamp) {
        self.renewed.store(now.0, Ordering::Relaxed);
    }

    pub(crate) fn set_budget(&self, budget: Span) {
        self.budget.store(budget.0, Ordering::Relaxed);
    }

    /// What it was opened as, for a guard that a child inherited (C23).
    pub(crate) fn options(&self) -> Options {
        Options {
            budget: Span(self.budget.load(Ordering::Relaxed)),
            drain: self.word() & DRAIN != 0,
            regardless: false,
            name: self.name(),
        }
    }

    pub(crate) fn location(&self) -> Option<&'static Location<'static>> {
        if self.word() & FACE != 0 {
            return None;
        }
        // SAFETY: only `open` stores here, always a reference that is valid for ever; null before that.
        unsafe { self.location.load(Ordering::Relaxed).as_ref() }
    }

    /// The name that `open` stored. Only while no other thread can open the slot: by its owner, or as checked
    /// by [`see`](Self::see).
    fn name(&self) -> Option<&'static str> {
        let len = self.name_len.load(Ordering::Relaxed) as usize;
        let data = self.name.load(Ordering::Relaxed);
        if len == 0 || data.is_null() {
            return None;
        }
        // SAFETY: pointer and length were stored together by `open` from a `&'static str`; that they are of the same
        // use is the caller's duty.
        Some(unsafe { std::str::from_utf8_unchecked(std::slice::from_raw_parts(data, len)) })
    }

    /// Reads an open block from any thread; `None` if it is not open, or changed meanwhile. A seqlock: what
    /// was read counts only if the state, with the block's number, is the same before and after.
    pub(crate) fn see(&self, first_event: Option<Time>) -> Option<Seen> {
        let before = self.word.load(Ordering::Acquire);
        if before & STATE == State::Free as u64 || before & FACE != 0 {
            return None;
        }
        let started = self.started();
        let deadline = self.deadline(first_event);
        let location = self.location();
        let (data, len) = (self.name.load(Ordering::Relaxed), self.name_len.load(Ordering::Relaxed));
        fence(Ordering::Acquire);
        let after = self.word.load(Ordering::Relaxed);
        if after >> SERIAL_SHIFT != before >> SERIAL_SHIFT {
            return None;
        }
        let name = (len != 0 && !data.is_null()).then(|| {
            // SAFETY: the check above says that both were read within one use, in which they are one `&'static str`.
            unsafe { std::str::from_utf8_unchecked(std::slice::from_raw_parts(data, len as usize)) }
        });
        Some(Seen { name, location: location?, started, deadline })
    }

    pub(super) fn next_free(&self) -> *const Self {
        self.name.load(Ordering::Relaxed).cast_const().cast()
    }

    pub(super) fn set_next_free(&self, next: *const Self) {
        // Not visible before the state is free: see `see`.
        fence(Ordering::Release);
        self.name.store(next.cast_mut().cast(), Ordering::Relaxed);
    }
}
