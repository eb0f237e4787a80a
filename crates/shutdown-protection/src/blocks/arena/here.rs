//! Which arena is this thread's, from its first block to its last.
//!
//! A thread's last block may end behind the destructor that gives the arena up: those of other thread-local values, and the
//! exit functions, come in any order.

use std::cell::Cell;
use std::ptr;
use std::sync::atomic::Ordering;

use super::{Arena, MAIN, Slot, all};
use crate::engine::told;

/// This thread's arena. Side by side: in a shared library each thread-local variable is found by a call.
struct Places {
    /// Null before the thread's first block.
    mine: Cell<*const Arena>,
    /// The arena that the thread has after [`RELEASE`] has run, as long as a block is open in it: other destructors come
    /// behind that one, and end blocks or start some.
    left: Cell<*const Arena>,
    /// The index of the slot there that was found open last: thousands that end one after another cost a look each.
    open: Cell<usize>,
}

thread_local! {
    /// Plain data without a destructor: usable at any time of the thread's life.
    static HERE: Places =
        const { Places { mine: Cell::new(ptr::null()), left: Cell::new(ptr::null()), open: Cell::new(0) } };
    /// Gives the arena up when the thread ends.
    static RELEASE: Release = const { Release };
}

struct Release;

impl Drop for Release {
    fn drop(&mut self) {
        let arena = HERE.with(|here| here.mine.replace(ptr::null()));
        // SAFETY: arenas are never freed.
        let Some(arena) = (unsafe { arena.as_ref() }) else { return };
        if arena.is_in_block() {
            // Another destructor ends them, and gives the arena up then. Or the process exits inside of a block: this
            // destructor runs before the exit functions, which must know whose it is. Blocks that nobody ends stay,
            // bounded by their deadlines (C22), and so does the arena: no block of another thread lies among them.
            HERE.with(|here| here.left.set(arena));
        } else {
            arena.owned.store(false, Ordering::Release);
        }
    }
}

/// This thread's arena, if it has started a block.
#[inline]
pub(crate) fn mine() -> Option<&'static Arena> {
    // SAFETY: as in `all`.
    unsafe { HERE.with(|here| here.mine.get()).as_ref() }
}

/// This thread's arena, also in its last moments.
pub(crate) fn mine_or_left() -> Option<&'static Arena> {
    // SAFETY: as in `all`.
    mine().or_else(|| unsafe { HERE.with(|here| here.left.get()).as_ref() })
}

/// This thread's arena; takes one that another thread has left, or makes one.
#[cold]
pub(crate) fn acquire() -> &'static Arena {
    if let Some(arena) = mine_or_left() {
        return arena;
    }
    let left = all().find(|arena| {
        // The main thread's blocks are special (C18, C27), so its arena has never been another's.
        !ptr::eq(*arena, MAIN.load(Ordering::Relaxed))
            && !arena.owned.load(Ordering::Relaxed)
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
    arena.thread.store(crate::os::thread::handle(), Ordering::SeqCst);
    arena.number.store(told::this_thread(), Ordering::SeqCst);
    // This fails behind that destructor; then the last block gives the arena up.
    let releases = RELEASE.try_with(|_| ()).is_ok();
    HERE.with(|here| if releases { &here.mine } else { &here.left }.set(arena));
    arena
}

/// Gives back the slot of a guard behind [`RELEASE`].
#[cold]
pub(crate) fn give_late(slot: &'static Slot) {
    if let Some(arena) = mine_or_left() {
        arena.give_from_anywhere(slot);
    }
}

/// In the child of a fork (C23).
pub(super) fn forget() {
    HERE.with(|here| {
        here.mine.set(ptr::null());
        here.left.set(ptr::null());
    });
}

/// An arena, as a thread sees it.
pub(super) enum Whose {
    ThisThreads,
    /// This thread's in its last moments.
    Left,
    Anothers,
}

impl Arena {
    #[inline]
    pub(super) fn whose(&self) -> Whose {
        HERE.with(|here| match ptr::from_ref(self) {
            this if ptr::eq(here.mine.get(), this) => Whose::ThisThreads,
            this if ptr::eq(here.left.get(), this) => Whose::Left,
            _ => Whose::Anothers,
        })
    }

    /// Behind [`RELEASE`], when the thread's last block has ended: the arena is for another thread. The main thread's
    /// never is.
    #[cold]
    pub(super) fn give_up(&self) {
        if self.is_mains() {
            return;
        }
        HERE.with(|here| {
            let mut slots = self.slots_from(here.open.get()).chain(self.slots_from(0));
            if let Some((index, _)) = slots.find(|(_, slot)| slot.is_open() && !slot.is_future()) {
                here.open.set(index);
                return;
            }
            // In this order: what another thread may have is not this one's any more.
            here.left.set(ptr::null());
            self.owned.store(false, Ordering::Release);
        });
    }

    /// Is it this thread's, and not in its last moments?
    #[inline]
    pub(crate) fn is_at_hand(&self) -> bool {
        HERE.with(|here| ptr::eq(here.mine.get(), self))
    }

    /// Is it this thread's?
    #[inline]
    pub(crate) fn is_mine(&self) -> bool {
        HERE.with(|here| ptr::eq(here.mine.get(), self) || ptr::eq(here.left.get(), self))
    }
}

#[cfg(all(test, not(loom)))]
mod tests;
