//! A thread's slots: taken and given back without a lock.

use std::cell::Cell;
use std::ptr;
use std::sync::atomic::{AtomicBool, AtomicPtr, AtomicU32, AtomicU64, Ordering};

use super::slot::Slot;

/// The first chunk has this many slots, each further one as many as all before it together.
const FIRST_CHUNK: usize = 16;
const CHUNKS: usize = 28;

/// The slots of one thread. Only that thread takes slots; any thread may give one back.
pub(crate) struct Arena {
    chunks: [AtomicPtr<Slot>; CHUNKS],
    /// How many slots were ever open: what the engine has to look at.
    used: AtomicU32,
    /// The slot that was given back last, or null: a block that follows another one takes it without touching
    /// the list.
    last: Cell<*const Slot>,
    /// Further free slots, for the owner alone: a list through [`Slot::next_free`].
    free: Cell<*const Slot>,
    /// Slots that other threads gave back; the owner takes the whole list when its own is empty.
    returned: AtomicPtr<Slot>,
    /// How many blocks the thread has started. Written by the owner.
    serial: AtomicU64,
    /// A future has had a block in it: the supervisor looks for them only where there may be some.
    futures: AtomicBool,
    /// A living thread owns it.
    owned: AtomicBool,
    /// Which one, as other threads address it.
    thread: AtomicU64,
    next: AtomicPtr<Arena>,
}

// SAFETY: all fields are atomic but `last` and `free`, which only the thread touches that owns the arena, by
// `owned`'s acquire and release.
unsafe impl Sync for Arena {}

/// All arenas of this process, newest first. Grows only.
static ARENAS: AtomicPtr<Arena> = AtomicPtr::new(ptr::null_mut());
/// The main thread's arena, once it has one.
static MAIN: AtomicPtr<Arena> = AtomicPtr::new(ptr::null_mut());

thread_local! {
    /// This thread's arena; null before its first block. Plain data without a destructor: usable at any time of the thread's life.
    static MINE: Cell<*const Arena> = const { Cell::new(ptr::null()) };
    /// The arena that the thread still has after its destructors have begun to run, since it left open blocks in it.
    static LEFT: Cell<*const Arena> = const { Cell::new(ptr::null()) };
    /// Gives the arena up when the thread ends.
    static RELEASE: Release = const { Release };
}

struct Release;

impl Drop for Release {
    fn drop(&mut self) {
        let arena = MINE.replace(ptr::null());
        // SAFETY: arenas are never freed.
        let Some(arena) = (unsafe { arena.as_ref() }) else { return };
        if arena.slots().any(|slot| slot.is_open() && !slot.is_future()) {
            // Leaked blocks stay, bounded by their deadlines (C22), and so does the arena. Or the process exits inside of
            // a block: this destructor runs before the exit functions, which must know whose it is.
            LEFT.set(arena);
        } else {
            arena.owned.store(false, Ordering::Release);
        }
    }
}

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

/// This thread's arena, if it has started a block.
#[inline]
pub(crate) fn mine() -> Option<&'static Arena> {
    // SAFETY: as in `all`.
    unsafe { MINE.get().as_ref() }
}

/// This thread's arena, also in its last moments.
pub(crate) fn mine_or_left() -> Option<&'static Arena> {
    // SAFETY: as in `all`.
    mine().or_else(|| unsafe { LEFT.get().as_ref() })
}

/// This thread's arena; takes one that another thread has left, or makes one.
#[cold]
pub(crate) fn acquire() -> &'static Arena {
    if let Some(arena) = mine_or_left() {
        MINE.set(arena);
        return arena;
    }
    let left = all().find(|arena| {
        // The main thread's blocks are special (C18, C27), so its arena has never been another's.
        !ptr::eq(*arena, MAIN.load(Ordering::Relaxed))
            && arena.owned.compare_exchange(false, true, Ordering::Acquire, Ordering::Relaxed).is_ok()
    });
    let is_main = crate::os::thread::is_main();
    let arena = match left {
        Some(arena) if !is_main => arena,
        other => {
            if let Some(arena) = other {
                arena.owned.store(false, Ordering::Release);
            }
            Arena::publish()
        }
    };
    if is_main {
        MAIN.store(ptr::from_ref(arena).cast_mut(), Ordering::Release);
    }
    MINE.set(arena);
    arena.thread.store(crate::os::thread::handle(), Ordering::SeqCst);
    // In a thread that is already ending this fails, and the arena stays taken: 2 KB, once.
    let _ = RELEASE.try_with(|_| ());
    arena
}

/// In the child of a fork, by the only thread that it has: it begins without arenas (C23). The parent's are
/// left where they are: guards that the child inherited still point into them.
pub(crate) fn forked() {
    ARENAS.store(ptr::null_mut(), Ordering::Relaxed);
    MAIN.store(ptr::null_mut(), Ordering::Relaxed);
    MINE.set(ptr::null());
    LEFT.set(ptr::null());
}

impl Arena {
    fn publish() -> &'static Self {
        let arena: &'static Self = Box::leak(Box::new(Self {
            chunks: [const { AtomicPtr::new(ptr::null_mut()) }; CHUNKS],
            used: AtomicU32::new(0),
            last: Cell::new(ptr::null()),
            free: Cell::new(ptr::null()),
            returned: AtomicPtr::new(ptr::null_mut()),
            serial: AtomicU64::new(0),
            futures: AtomicBool::new(false),
            owned: AtomicBool::new(true),
            thread: AtomicU64::new(0),
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
        let serial = self.serial.load(Ordering::Relaxed) + 1;
        self.serial.store(serial, Ordering::Relaxed);
        // SAFETY: null, or a slot; those are never freed.
        if let Some(slot) = unsafe { self.last.replace(ptr::null()).as_ref() } {
            return (slot, serial);
        }
        // SAFETY: as above.
        let slot = match unsafe { self.free.get().as_ref() } {
            Some(slot) => slot,
            None => self.refill(),
        };
        self.free.set(slot.next_free());
        (slot, serial)
    }

    /// The number of blocks that the thread has started.
    pub(crate) fn serial(&self) -> u64 {
        self.serial.load(Ordering::Relaxed)
    }

    /// Gives a slot back: by the thread that owns the arena.
    #[inline]
    pub(crate) fn give(&self, slot: &'static Slot) {
        let former = self.last.replace(slot);
        // SAFETY: null, or a slot; those are never freed.
        if let Some(former) = unsafe { former.as_ref() } {
            former.set_next_free(self.free.get());
            self.free.set(former);
        }
    }

    /// Gives a slot back: from any thread. One taker takes the whole list at once, so an old head cannot come
    /// back in between (no ABA).
    pub(crate) fn give_from_elsewhere(&self, slot: &'static Slot) {
        let mut head = self.returned.load(Ordering::Relaxed);
        loop {
            slot.set_next_free(head);
            match self.returned.compare_exchange_weak(
                head,
                ptr::from_ref(slot).cast_mut(),
                Ordering::AcqRel,
                Ordering::Relaxed,
            ) {
                Ok(_) => return,
                Err(now) => head = now,
            }
        }
    }

    /// The thread that owns it, or owned it last: a `pthread_t`.
    pub(crate) fn thread(&self) -> u64 {
        self.thread.load(Ordering::SeqCst)
    }

    /// Is it the main thread's?
    #[inline]
    pub(crate) fn is_mains(&self) -> bool {
        ptr::eq(MAIN.load(Ordering::Relaxed), self)
    }

    /// Is it this thread's?
    #[inline]
    pub(crate) fn is_mine(&self) -> bool {
        ptr::eq(MINE.get(), self) || ptr::eq(LEFT.get(), self)
    }

    #[cold]
    fn refill(&self) -> &'static Slot {
        let returned = self.returned.swap(ptr::null_mut(), Ordering::AcqRel);
        // SAFETY: slots are never freed.
        if let Some(slot) = unsafe { returned.as_ref() } {
            return slot;
        }
        // A slot that was never used. Memory is touched only as slots are: what a chunk has not given out costs nothing.
        let used = self.used.load(Ordering::Relaxed);
        let (chunk, len, begin) = chunk_of(used as usize);
        if used as usize == begin {
            self.chunks[chunk].store(Slot::zeroed(len), Ordering::Release);
        }
        let slot = self.chunks[chunk].load(Ordering::Relaxed);
        // SAFETY: the chunk has `len` slots from `begin` on, and `used` lies in it; never freed.
        let slot: &'static Slot = unsafe { &*slot.add(used as usize - begin) };
        self.used.store(used + 1, Ordering::Release);
        slot
    }

    /// Before a future's first block in it is opened.
    pub(crate) fn expect_futures(&self) {
        if !self.futures.load(Ordering::Relaxed) {
            self.futures.store(true, Ordering::SeqCst);
        }
    }

    /// May it hold blocks of futures?
    pub(crate) fn has_futures(&self) -> bool {
        self.futures.load(Ordering::SeqCst)
    }

    /// How many slots there are to look at.
    pub(crate) fn len(&self) -> usize {
        self.used.load(Ordering::Acquire) as usize
    }

    /// All slots that were ever open.
    pub(crate) fn slots(&self) -> impl Iterator<Item = &'static Slot> + '_ {
        self.slots_from(0)
    }

    /// The slots from the `index`-th on.
    pub(crate) fn slots_from(&self, index: usize) -> impl Iterator<Item = &'static Slot> + '_ {
        (index..self.len()).map(|index| {
            let (chunk, _, begin) = chunk_of(index);
            let data = self.chunks[chunk].load(Ordering::Acquire).cast_const();
            // SAFETY: `len` was read with acquire after the chunk had been stored, so the chunk is there, never freed,
            // and has this slot.
            unsafe { &*data.add(index - begin) }
        })
    }
}

/// The chunk that holds a slot, its length, and the index of its first slot: lengths 16, 16, 32, 64, ...
fn chunk_of(index: usize) -> (usize, usize, usize) {
    match index / FIRST_CHUNK {
        0 => (0, FIRST_CHUNK, 0),
        rest => {
            let power = rest.ilog2();
            (power as usize + 1, FIRST_CHUNK << power, FIRST_CHUNK << power)
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn chunks_follow_each_other_without_a_gap() {
        let mut expected_begin = 0;
        let mut last = 0;
        for index in 0..100_000 {
            let (chunk, len, begin) = chunk_of(index);
            if chunk != last {
                assert_eq!(chunk, last + 1);
                assert_eq!(begin, expected_begin);
                last = chunk;
            }
            expected_begin = begin + len;
            assert!((begin..begin + len).contains(&index));
        }
    }

    #[test]
    fn a_slot_given_back_is_taken_again_whatever_the_order() {
        std::thread::spawn(|| {
            let arena = acquire();
            let hand_over_hand: Vec<_> = (0..10).map(|_| arena.take().0).collect();
            let len = arena.len();
            let mut held = hand_over_hand;
            for _ in 0..10_000 {
                arena.give(held.remove(0));
                held.push(arena.take().0);
            }
            assert_eq!(arena.len(), len);
            let slot: &'static Slot = held.pop().unwrap();
            std::thread::scope(|scope| {
                let _ = scope.spawn(|| arena.give_from_elsewhere(slot));
            });
            while !ptr::eq(arena.take().0, slot) {}
            assert_eq!(arena.len(), len);
        })
        .join()
        .unwrap();
    }
}
