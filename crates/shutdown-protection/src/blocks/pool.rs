//! A thread's free slots of one kind: taken and given back without a lock.

use std::cell::Cell;
use std::ptr;
use std::sync::atomic::{AtomicPtr, Ordering};

use super::chunk::{Chunk, Chunks, Kind};
use super::slot::Slot;

/// Only the arena's owner takes slots; any thread may give one back.
pub(super) struct Pool<K> {
    /// The slot that was given back last, or null: a block that follows another one takes it without touching
    /// the list.
    last: Cell<*const K>,
    /// Further free slots, for the owner alone: a list through [`Slot::next_free`].
    free: Cell<*const K>,
    /// Slots that other threads gave back; the owner takes the whole list when its own is empty.
    returned: AtomicPtr<K>,
    /// The one that slots are given out of, or null.
    chunk: Cell<*const Chunk>,
}

impl<K: Kind> Pool<K> {
    pub(super) const fn new() -> Self {
        Self {
            last: Cell::new(ptr::null()),
            free: Cell::new(ptr::null()),
            returned: AtomicPtr::new(ptr::null_mut()),
            chunk: Cell::new(ptr::null()),
        }
    }

    /// A free slot. Only by the thread that owns the arena, whose chunks these are.
    #[inline]
    pub(super) fn take(&self, chunks: &Chunks) -> &'static K {
        // SAFETY: null, or a slot; those are never freed.
        if let Some(slot) = unsafe { self.last.replace(ptr::null()).as_ref() } {
            return slot;
        }
        // SAFETY: as above.
        match unsafe { self.free.get().as_ref() } {
            Some(slot) => {
                self.free.set(next_free(slot));
                slot
            }
            None => self.refill(chunks),
        }
    }

    /// Gives a slot back: by the thread that owns the arena.
    #[inline]
    pub(super) fn give(&self, slot: &'static K) {
        let former = self.last.replace(slot);
        // SAFETY: null, or a slot; those are never freed.
        if let Some(former) = unsafe { former.as_ref() } {
            set_next_free(former, self.free.get());
            self.free.set(former);
        }
    }

    /// Gives a slot back: from any thread. One taker takes the whole list at once, so an old head cannot come
    /// back in between (no ABA).
    pub(super) fn give_from_elsewhere(&self, slot: &'static K) {
        let mut head = self.returned.load(Ordering::Relaxed);
        loop {
            set_next_free(slot, head);
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

    #[cold]
    fn refill(&self, chunks: &Chunks) -> &'static K {
        let returned = self.returned.swap(ptr::null_mut(), Ordering::AcqRel);
        // SAFETY: null, or a slot; those are never freed.
        if let Some(slot) = unsafe { returned.as_ref() } {
            self.free.set(next_free(slot));
            return slot;
        }
        loop {
            // SAFETY: null, or a chunk; those are never freed.
            let chunk = unsafe { self.chunk.get().as_ref() };
            match chunk.and_then(Chunk::give_out) {
                Some(slot) => return slot,
                None => self.chunk.set(chunks.grow::<K>(chunk)),
            }
        }
    }
}

fn slot<K: Kind>(slot: &K) -> &Slot {
    // SAFETY: each kind begins with a slot.
    unsafe { &*ptr::from_ref(slot).cast() }
}

fn next_free<K: Kind>(free: &K) -> *const K {
    slot(free).next_free().cast()
}

fn set_next_free<K: Kind>(free: &K, next: *const K) {
    slot(free).set_next_free(next.cast());
}

#[cfg(test)]
mod tests {
    use super::super::chunk::tests::chunks;
    use super::*;

    #[test]
    fn a_slot_given_back_is_taken_again_whatever_the_order() {
        let (pool, chunks) = (Pool::<Slot>::new(), chunks());
        let len = || chunks.slots_from(0).count();
        let mut held: Vec<_> = (0..10).map(|_| pool.take(chunks)).collect();
        assert_eq!(len(), 10);
        for _ in 0..10_000 {
            pool.give(held.remove(0));
            held.push(pool.take(chunks));
        }
        let mut addresses: Vec<_> = held.iter().map(|slot| ptr::from_ref(*slot).addr()).collect();
        addresses.sort_unstable();
        addresses.dedup();
        assert_eq!((addresses.len(), len()), (10, 10));
    }

    #[test]
    fn what_other_threads_gave_back_is_taken_before_new_slots() {
        struct Shared(Pool<Slot>);
        // SAFETY: the other threads use the atomic list alone, as those that do not own an arena.
        unsafe impl Sync for Shared {}
        let (shared, chunks) = (Shared(Pool::new()), chunks());
        let mut held: Vec<_> = (0..8).map(|_| shared.0.take(chunks)).collect();
        let given: Vec<_> = held.drain(..6).collect();
        std::thread::scope(|scope| {
            for pair in given.chunks(2) {
                let shared = &shared;
                scope.spawn(move || pair.iter().for_each(|slot| shared.0.give_from_elsewhere(slot)));
            }
        });
        let taken: Vec<_> = (0..6).map(|_| shared.0.take(chunks)).collect();
        assert!(given.iter().all(|given| taken.iter().filter(|taken| ptr::eq(**taken, *given)).count() == 1));
        assert_eq!(chunks.slots_from(0).count(), 8);
        shared.0.take(chunks);
        assert_eq!(chunks.slots_from(0).count(), 9);
    }
}
