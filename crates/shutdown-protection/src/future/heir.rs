//! A protected future in the child of a fork (C23).
//!
//! The block that the child inherited is the parent's: its slot is in no arena of the child, and its locks may be locked
//! for ever. It is inert there. At the future's next breakpoint or renewal it gets an heir, a block of the child that
//! stands for it from then on, and so do the blocks around it, which are the same owner's. Whoever holds the inherited
//! block looks for its heir first; the heir's heir is for the child's own child.

use std::ptr;
use std::sync::Arc;
use std::sync::atomic::{AtomicPtr, Ordering};

use super::block::AsyncBlock;
use crate::blocks::arena;
use crate::engine::GATE;
use crate::gate::Gate;
use crate::os;
use crate::protection::installed;
use crate::time::Time;

/// Null, or a boxed count of the heir. Set once, without a lock.
pub(super) struct Heir(AtomicPtr<Arc<AsyncBlock>>);

impl Heir {
    pub(super) const fn none() -> Self {
        Self(AtomicPtr::new(ptr::null_mut()))
    }

    fn get(&self) -> Option<&Arc<AsyncBlock>> {
        // SAFETY: null, or made by `set`; it is freed with `self`. Acquire pairs with `set`.
        unsafe { self.0.load(Ordering::Acquire).as_ref() }
    }

    /// Unless there is one already, which this gives the new one back for.
    fn set(&self, heir: Arc<AsyncBlock>) -> Result<(), Arc<AsyncBlock>> {
        let boxed = Box::into_raw(Box::new(heir));
        let set = self.0.compare_exchange(ptr::null_mut(), boxed, Ordering::AcqRel, Ordering::Relaxed);
        // SAFETY: made above, and nobody else has seen it.
        set.map(|_| ()).map_err(|_| *unsafe { Box::from_raw(boxed) })
    }
}

impl Drop for Heir {
    fn drop(&mut self) {
        let heir = *self.0.get_mut();
        if !heir.is_null() {
            // SAFETY: made by `set`, and nobody refers to it any more: who does, borrows `self`.
            drop(unsafe { Box::from_raw(heir) });
        }
    }
}

impl AsyncBlock {
    /// The block that stands for this one here: its heir if it has one.
    pub(crate) fn here(self: &Arc<Self>) -> &Arc<Self> {
        let mut block = self;
        while let Some(heir) = block.heir.get() {
            block = heir;
        }
        block
    }

    /// The same, which gets an heir if it is not at home; `None`: it has ended.
    pub(super) fn come_home(self: &Arc<Self>) -> Option<Arc<Self>> {
        let block = self.here();
        if block.is_home() {
            return Some(Arc::clone(block));
        }
        if block.has_ended() {
            return None;
        }
        if let Err(second) = block.heir.set(block.heir_of_this()?) {
            // Another thread was faster.
            if second.end() {
                installed().refused();
            }
        }
        Some(Arc::clone(block.here()))
    }

    /// A block of this process like this one, open, and within the heirs of those around it.
    fn heir_of_this(&self) -> Option<Arc<Self>> {
        let location = self.slot.location()?;
        let engine = installed();
        let outer = std::iter::successors(self.outer.as_ref(), |outer| outer.outer.as_ref()).find_map(Self::come_home);
        let arena = arena::acquire();
        let (slot, serial) = arena.take_for_future();
        let heir = Self::new(arena, slot, Gate::calm(GATE.load()), outer);
        slot.open(&self.slot.options(), location, serial, Time::now(), Arc::clone(&heir));
        slot.set_on_main(os::thread::is_main_cached());
        // Something may be pending already; if not, the supervisor finds it when something is.
        engine.watch(Arc::clone(&heir));
        Some(heir)
    }
}
