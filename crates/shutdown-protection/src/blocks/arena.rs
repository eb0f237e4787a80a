//! A thread's arena: its slots, and whose they are.

use std::ptr;
use std::sync::atomic::{AtomicBool, AtomicPtr, AtomicU64, Ordering};

use super::chunk::Chunks;
use super::future_slot::FutureSlot;
use super::pool::Pool;
use super::slot::Slot;
use here::Whose;
pub(crate) use here::{acquire, give_late, mine, mine_or_left};

mod here;

/// The slots of one thread. Only that thread takes slots; any thread may give one back. Aligned: no other thread's arena
/// is in its cache lines.
#[repr(align(128))]
pub(crate) struct Arena {
    guards: Pool<Slot>,
    /// How many blocks the thread has started. Written by the owner.
    serial: AtomicU64,
    futures: Pool<FutureSlot>,
    chunks: Chunks,
    /// A living thread owns it.
    owned: AtomicBool,
    /// Which one, as other threads address it.
    thread: AtomicU64,
    /// The thread's number as an owner.
    number: AtomicU64,
    next: AtomicPtr<Arena>,
}

// SAFETY: what is not atomic in the pools and the chunks, only the thread touches that owns the arena, by `owned`'s
// acquire and release.
unsafe impl Sync for Arena {}

/// All arenas of this process, newest first. Grows only.
static ARENAS: AtomicPtr<Arena> = AtomicPtr::new(ptr::null_mut());
/// The main thread's arena, once it has one.
static MAIN: AtomicPtr<Arena> = AtomicPtr::new(ptr::null_mut());

/// All arenas.
pub(crate) fn all() -> impl Iterator<Item = &'static Arena> {
    // SAFETY: arenas are leaked, and the list only grows at its head: each pointer is null or valid for ever.
    // Acquire pairs with `publish`.
    std::iter::successors(unsafe { ARENAS.load(Ordering::Acquire).as_ref() }, |arena| unsafe {
        arena.next.load(Ordering::Acquire).as_ref()
    })
}

/// The main thread's arena, if it has started a block.
pub(crate) fn main() -> Option<&'static Arena> {
    // SAFETY: as in `all`.
    unsafe { MAIN.load(Ordering::Acquire).as_ref() }
}

/// In the child of a fork, by the only thread that it has: it begins without arenas (C23). The parent's are
/// left where they are: guards that the child inherited still point into them.
pub(crate) fn forked() {
    ARENAS.store(ptr::null_mut(), Ordering::Relaxed);
    MAIN.store(ptr::null_mut(), Ordering::Relaxed);
    here::forget();
}

impl Arena {
    fn publish() -> &'static Self {
        let arena: &'static Self = Box::leak(Box::new(Self {
            guards: Pool::new(),
            serial: AtomicU64::new(0),
            futures: Pool::new(),
            chunks: Chunks::new(),
            owned: AtomicBool::new(true),
            thread: AtomicU64::new(0),
            number: AtomicU64::new(0),
            next: AtomicPtr::new(ptr::null_mut()),
        }));
        let mut head = ARENAS.load(Ordering::Relaxed);
        loop {
            arena.next.store(head, Ordering::Relaxed);
            match ARENAS.compare_exchange_weak(
                head,
                ptr::from_ref(arena).cast_mut(),
                Ordering::AcqRel,
                Ordering::Relaxed,
            ) {
                Ok(_) => return arena,
                Err(now) => head = now,
            }
        }
    }

    /// A free slot and the serial number of the block that is to be opened in it. Only by the thread that
    /// owns the arena.
    #[inline]
    pub(crate) fn take(&self) -> (&'static Slot, u64) {
        (self.guards.take(&self.chunks), self.next_serial())
    }

    /// The same for a future's block.
    pub(crate) fn take_for_future(&self) -> (&'static FutureSlot, u64) {
        (self.futures.take(&self.chunks), self.next_serial())
    }

    #[inline]
    fn next_serial(&self) -> u64 {
        let serial = self.serial.load(Ordering::Relaxed) + 1;
        self.serial.store(serial, Ordering::Relaxed);
        serial
    }

    /// The number of blocks that the thread has started.
    pub(crate) fn serial(&self) -> u64 {
        self.serial.load(Ordering::Relaxed)
    }

    /// Gives a slot back: by the thread that owns the arena.
    #[inline]
    pub(crate) fn give(&self, slot: &'static Slot) {
        self.guards.give(slot);
    }

    /// Gives a slot back: from any thread.
    pub(crate) fn give_from_anywhere(&self, slot: &'static Slot) {
        match self.whose() {
            Whose::ThisThreads => self.guards.give(slot),
            Whose::Left => {
                self.guards.give(slot);
                self.give_up();
            }
            Whose::Anothers => self.guards.give_from_elsewhere(slot),
        }
    }

    /// Gives a future's slot back: from any thread.
    pub(crate) fn give_of_future(&self, slot: &'static FutureSlot) {
        match self.whose() {
            Whose::ThisThreads => self.futures.give(slot),
            Whose::Left => {
                self.futures.give(slot);
                self.give_up();
            }
            Whose::Anothers => self.futures.give_from_elsewhere(slot),
        }
    }

    /// The thread that owns it, or owned it last: a `pthread_t`.
    pub(crate) fn thread(&self) -> u64 {
        self.thread.load(Ordering::SeqCst)
    }

    /// The number of this thread as an owner.
    pub(crate) fn number(&self) -> u64 {
        self.number.load(Ordering::SeqCst)
    }

    /// Is it the main thread's?
    #[inline]
    pub(crate) fn is_mains(&self) -> bool {
        ptr::eq(MAIN.load(Ordering::Relaxed), self)
    }

    /// All slots that were ever open.
    pub(crate) fn slots(&self) -> impl Iterator<Item = &'static Slot> + use<> {
        self.slots_from(0).map(|(_, slot)| slot)
    }

    /// From the `index`-th on, with their indices.
    pub(crate) fn slots_from(&self, index: usize) -> impl Iterator<Item = (usize, &'static Slot)> + use<> {
        self.chunks.slots_from(index)
    }

    /// Is a block of the thread itself open?
    pub(crate) fn is_in_block(&self) -> bool {
        self.slots().any(|slot| slot.is_open() && !slot.is_future())
    }

    /// Those of futures.
    pub(crate) fn futures(&self) -> impl Iterator<Item = &'static FutureSlot> + use<> {
        self.chunks.futures()
    }
}
