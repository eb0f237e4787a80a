//! Where a thread's slots lie: in chunks, which are never freed, so that the engine may look at any slot at any time.
//!
//! Memory is touched only as slots are, so what a chunk has not given out yet costs nothing. That takes two things: the
//! system's zeroed pages as they are (an allocator that has to align them writes the zeros itself, so lines are aligned
//! here), and chunks that are smaller than the huge pages of common systems.

use std::alloc::{Layout, alloc_zeroed, handle_alloc_error};
use std::cell::Cell;
use std::ptr;
use std::sync::atomic::{AtomicPtr, AtomicUsize, Ordering};

use super::future_slot::FutureSlot;
use super::slot::Slot;

/// A kind's first chunk has this many slots, each further one twice as many as the one before...
const SMALLEST: usize = 16;
/// ...up to this many: under 1 MB.
const LARGEST: usize = 16_384;
/// Two cache lines, as processors fetch them in pairs: what others have allocated is not in a slot's line.
const LINE: usize = 128;

/// What lies in chunks.
///
/// # Safety
///
/// It begins with a [`Slot`], and zero is a valid value, which is a free one.
pub(super) unsafe trait Kind: 'static {
    const IS_FUTURE: bool;
}

// SAFETY: it is one, and all its fields are atomics, for which zero (and null) is valid.
unsafe impl Kind for Slot {
    const IS_FUTURE: bool = false;
}

// SAFETY: its first field is one, by `repr(C)`; the other one is an atomic pointer.
unsafe impl Kind for FutureSlot {
    const IS_FUTURE: bool = true;
}

pub(super) struct Chunk {
    next: AtomicPtr<Chunk>,
    slots: *mut u8,
    /// The size of a slot, by its kind.
    stride: usize,
    len: usize,
    /// How many slots were ever given out. Written by the arena's owner.
    used: AtomicUsize,
    is_future: bool,
}

impl Chunk {
    /// A chunk that follows `former` of the same kind.
    fn new<K: Kind>(former: Option<&Self>) -> &'static Self {
        let len = former.map_or(SMALLEST, |former| LARGEST.min(2 * former.len));
        let header = size_of::<Self>().next_multiple_of(LINE);
        let size = header + (len * size_of::<K>()).next_multiple_of(LINE);
        let Ok(layout) = Layout::from_size_align(size + LINE, align_of::<Self>()) else {
            unreachable!("a chunk is smaller than 1 MB")
        };
        // SAFETY: the layout is not empty.
        let memory = unsafe { alloc_zeroed(layout) };
        if memory.is_null() {
            handle_alloc_error(layout);
        }
        let chunk = Self {
            next: AtomicPtr::new(ptr::null_mut()),
            // SAFETY: within the allocation, which has a line more than the header and the slots.
            slots: unsafe { memory.add(memory.align_offset(LINE) + header) },
            stride: size_of::<K>(),
            len,
            used: AtomicUsize::new(0),
            is_future: K::IS_FUTURE,
        };
        // SAFETY: as above; the place is aligned, nobody else has it, and it is never freed.
        unsafe {
            let place = memory.add(memory.align_offset(LINE)).cast::<Self>();
            place.write(chunk);
            &*place
        }
    }

    /// A slot that was never given out, if it has one. Only by the arena's owner, who asks for the chunk's own kind.
    pub(super) fn give_out<K: Kind>(&'static self) -> Option<&'static K> {
        debug_assert_eq!(self.is_future, K::IS_FUTURE);
        let used = self.used.load(Ordering::Relaxed);
        if used == self.len {
            return None;
        }
        self.used.store(used + 1, Ordering::Release);
        // SAFETY: the chunk has `len` zeroed slots of this kind, never freed.
        Some(unsafe { &*self.slots.cast::<K>().add(used) })
    }

    /// The slots that were ever given out, from the `index`-th on.
    pub(super) fn slots_from(&'static self, index: usize) -> impl Iterator<Item = &'static Slot> {
        // SAFETY: as in `give_out`; each kind begins with a slot.
        (index..self.used.load(Ordering::Acquire)).map(|index| unsafe { &*self.slots.add(index * self.stride).cast() })
    }

    /// The same as those of futures; none if it has other ones.
    fn futures(&'static self) -> impl Iterator<Item = &'static FutureSlot> {
        let used = if self.is_future { self.used.load(Ordering::Acquire) } else { 0 };
        // SAFETY: as in `give_out`.
        (0..used).map(|index| unsafe { &*self.slots.cast::<FutureSlot>().add(index) })
    }
}

/// A thread's chunks, oldest first. Grows only.
pub(super) struct Chunks {
    first: AtomicPtr<Chunk>,
    /// For the arena's owner alone.
    last: Cell<*const Chunk>,
}

impl Chunks {
    pub(super) const fn new() -> Self {
        Self { first: AtomicPtr::new(ptr::null_mut()), last: Cell::new(ptr::null()) }
    }

    /// Adds a chunk that follows `former` of the same kind. Only by the arena's owner.
    pub(super) fn grow<K: Kind>(&self, former: Option<&Chunk>) -> &'static Chunk {
        let chunk = Chunk::new::<K>(former);
        // SAFETY: null, or a chunk; those are never freed.
        let link = unsafe { self.last.get().as_ref() }.map_or(&self.first, |last| &last.next);
        link.store(ptr::from_ref(chunk).cast_mut(), Ordering::Release);
        self.last.set(chunk);
        chunk
    }

    fn iter(&self) -> impl Iterator<Item = &'static Chunk> + use<> {
        // SAFETY: null, or a chunk; those are never freed. Acquire pairs with `grow`.
        std::iter::successors(unsafe { self.first.load(Ordering::Acquire).as_ref() }, |chunk| unsafe {
            chunk.next.load(Ordering::Acquire).as_ref()
        })
    }

    /// The slots that were ever given out, from the `from`-th on, with their indices, which are theirs for ever.
    pub(super) fn slots_from(&self, from: usize) -> impl Iterator<Item = (usize, &'static Slot)> + use<> {
        let begins = self.iter().scan(0, |end, chunk| {
            let begin = *end;
            *end += chunk.len;
            Some((begin, chunk))
        });
        begins.flat_map(move |(begin, chunk)| {
            let skipped = from.saturating_sub(begin);
            chunk.slots_from(skipped).enumerate().map(move |(offset, slot)| (begin + skipped + offset, slot))
        })
    }

    /// Those of futures.
    pub(super) fn futures(&self) -> impl Iterator<Item = &'static FutureSlot> + use<> {
        self.iter().flat_map(Chunk::futures)
    }
}

#[cfg(test)]
pub(super) mod tests {
    use super::*;

    /// Chunks without an arena, linked to a static where a checker for leaks finds them. No lock: the standard library's
    /// contended locks look to the thread sanitizer as if they did not lock.
    pub(crate) fn chunks() -> &'static Chunks {
        struct Kept {
            chunks: Chunks,
            former: AtomicPtr<Kept>,
        }
        static KEPT: AtomicPtr<Kept> = AtomicPtr::new(ptr::null_mut());
        let kept: &'static Kept =
            Box::leak(Box::new(Kept { chunks: Chunks::new(), former: AtomicPtr::new(ptr::null_mut()) }));
        let former = KEPT.swap(ptr::from_ref(kept).cast_mut(), Ordering::AcqRel);
        kept.former.store(former, Ordering::Release);
        &kept.chunks
    }

    fn fill<K: Kind>(chunks: &Chunks, former: Option<&Chunk>) -> (&'static Chunk, Vec<*const u8>) {
        let chunk = chunks.grow::<K>(former);
        (chunk, std::iter::from_fn(|| chunk.give_out::<K>()).map(|slot| ptr::from_ref(slot).cast()).collect())
    }

    #[test]
    fn every_slot_that_was_given_out_is_found_once_and_from_its_index_on() {
        let chunks = chunks();
        let (first, mut given) = fill::<Slot>(chunks, None);
        let (_, futures) = fill::<FutureSlot>(chunks, None);
        given.extend(&futures);
        given.extend(fill::<Slot>(chunks, Some(first)).1);
        assert_eq!(given.len(), 16 + 16 + 32);
        for from in 0..=given.len() {
            let found: Vec<_> = chunks.slots_from(from).collect();
            assert_eq!(found.len(), given.len() - from);
            assert!(found.iter().all(|(index, slot)| ptr::eq(given[*index], ptr::from_ref(*slot).cast())));
        }
        let found: Vec<*const u8> = chunks.futures().map(|slot| ptr::from_ref(slot).cast()).collect();
        assert_eq!(found, futures);
    }

    #[test]
    fn no_slot_shares_a_line_with_what_is_not_the_threads() {
        let (chunk, given) = fill::<Slot>(chunks(), None);
        let begin = ptr::from_ref(chunk).addr();
        assert_eq!((begin % LINE, given[0].addr() % LINE), (0, 0));
        assert!(given[0].addr() >= begin + size_of::<Chunk>());
    }

    #[test]
    fn a_chunk_of_either_kind_stays_under_a_megabyte() {
        assert!(LARGEST * size_of::<FutureSlot>() + 3 * LINE < 1 << 20);
    }
}
