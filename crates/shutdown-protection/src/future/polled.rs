//! Which protected futures are being polled on this thread: what their breakpoints act on, what nests in what.

use std::cell::Cell;
use std::ptr;
use std::sync::Arc;

use super::block::AsyncBlock;
use crate::machine::{Bounds, Nest};
use crate::time::Time;

thread_local! {
    /// The innermost protected future that is being polled on this thread, or null: a list on the stack, through the
    /// polls. Plain data without a destructor, so that it can be asked at any time of the thread's life.
    static POLLED: Cell<*const Polled> = const { Cell::new(ptr::null()) };
}

/// A poll that is under way on this thread.
pub(super) struct Polled {
    pub(super) block: Arc<AsyncBlock>,
    outer: *const Polled,
}

impl Polled {
    /// For the time of `poll`, also if it panics, the block is the innermost one on this thread.
    pub(super) fn during<T>(block: Arc<AsyncBlock>, poll: impl FnOnce() -> T) -> T {
        /// Puts back what was before, while the poll's own entry still lives.
        struct Leave(*const Polled);
        impl Drop for Leave {
            fn drop(&mut self) {
                POLLED.set(self.0);
            }
        }
        let polled = Self { block, outer: POLLED.get() };
        let _leave = Leave(polled.outer);
        POLLED.set(&raw const polled);
        poll()
    }

    pub(super) fn innermost<'a>() -> Option<&'a Self> {
        // SAFETY: null, or an entry on this thread's stack that lives until `Leave` takes it out; callers use it at once.
        unsafe { POLLED.get().as_ref() }
    }
}

/// The program exits inside of these futures: they will not be polled again.
pub(crate) fn end_those_polled_here() {
    polled().for_each(|entry| _ = entry.block.end());
}

/// From the innermost one on.
fn polled<'a>() -> impl Iterator<Item = &'a Polled> {
    // SAFETY: as in `innermost`.
    std::iter::successors(Polled::innermost(), |entry| unsafe { entry.outer.as_ref() })
}

/// A guard's nest, with the protected future around it that is being polled on this thread.
pub(crate) fn around(mut nest: Nest, now: Time, bounds: Option<Bounds>) -> Nest {
    if let Some(block) = AsyncBlock::polled_here() {
        for outer in block.chain() {
            let deadline = outer.slot.deadline(bounds).unwrap_or(Time::NEVER);
            nest.deadline = nest.deadline.max(Some(deadline));
            nest.outer_open = true;
            nest.outer_holds |= deadline > now;
        }
    }
    nest
}

/// Is a protected future of this process being polled on this thread? In the child of a fork, one that is inert is not.
pub(crate) fn is_polled_here() -> bool {
    polled().any(|entry| entry.block.here().is_home())
}
