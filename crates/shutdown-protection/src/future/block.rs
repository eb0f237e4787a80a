//! The block of a future: an owner of its own, whichever thread polls it.

use std::panic::Location;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{Arc, Mutex, PoisonError, Weak};

use atomic_waker::AtomicWaker;

use super::heir::Heir;
use super::polled::Polled;
use crate::blocks::arena::{self, Arena};
use crate::blocks::future_slot::FutureSlot;
use crate::blocks::options::Options;
use crate::blocks::owners::Owners;
use crate::blocks::slot::Slot;
use crate::engine::owner::Owned;
use crate::engine::{GATE, told};
use crate::error::Interrupted;
use crate::gate::Gate;
use crate::machine::{Bounds, Nest};
use crate::protection::installed;
use crate::time::Time;

/// The block of a future.
pub(crate) struct AsyncBlock {
    pub(super) slot: &'static FutureSlot,
    arena: &'static Arena,
    pub(crate) calm: u32,
    ended: AtomicBool,
    /// The protected future that this one was first polled in.
    pub(super) outer: Option<Arc<AsyncBlock>>,
    /// The protected futures that were first polled in this one: its owner's deadline is the latest of all.
    inner: Mutex<Vec<Weak<AsyncBlock>>>,
    pub(super) waker: AtomicWaker,
    /// What stands for it in the child of a fork.
    pub(super) heir: Heir,
    /// Its number as an owner: see [`told`].
    number: AtomicU64,
    /// For the supervisor: when it looks at this block next.
    pub(crate) next_look: AtomicU64,
}

impl AsyncBlock {
    /// Starts it, in the task that polls. The slot is of this thread's arena; the block may end on another.
    pub(super) fn start(options: &Options, location: &'static Location<'static>) -> Result<Arc<Self>, Interrupted> {
        let engine = installed();
        let arena = arena::acquire();
        let (slot, serial) = arena.take_for_future();
        // In one that is not at home it is an owner of its own: that one is inert.
        let outer = Self::polled_here().filter(|outer| outer.is_home());
        let calm = Gate::calm(GATE.load());
        let block = Self::new(arena, slot, calm, outer);
        let open = || {
            // The exact clock: an async deadline is kept to a fraction of a millisecond.
            slot.open(options, location, serial, Time::now(), Arc::clone(&block));
        };
        if GATE.is_calm(|| calm) {
            open();
            GATE.light();
            if GATE.still_calm(|| calm) {
                return Ok(block);
            }
            engine.admit(&*block, options.regardless, || ()).inspect_err(|_| {
                block.end();
                engine.refused();
            })?;
        } else {
            engine.admit(&*block, options.regardless, open).inspect_err(|_| arena.give_of_future(slot))?;
        }
        engine.watch(Arc::clone(&block));
        Ok(block)
    }

    /// Not open yet; known to the one around it, which is at home.
    pub(super) fn new(
        arena: &'static Arena,
        slot: &'static FutureSlot,
        calm: u32,
        outer: Option<Arc<Self>>,
    ) -> Arc<Self> {
        let block = Arc::new(Self {
            slot,
            arena,
            calm,
            ended: AtomicBool::new(false),
            outer,
            inner: Mutex::default(),
            waker: AtomicWaker::new(),
            heir: Heir::none(),
            number: AtomicU64::new(0),
            next_look: AtomicU64::new(0),
        });
        if let Some(outer) = &block.outer {
            let mut inner = outer.inner.lock().unwrap_or_else(PoisonError::into_inner);
            // Only when it is full: amortised, each start looks at a constant number of them.
            if inner.len() == inner.capacity() {
                inner.retain(|inner| inner.upgrade().is_some_and(|inner| inner.is_open()));
            }
            inner.push(Arc::downgrade(&block));
        }
        block
    }

    /// Frees the slot. Once.
    pub(super) fn end(self: &Arc<Self>) -> bool {
        let block = self.here();
        if block.ended.swap(true, Ordering::AcqRel) || !block.is_home() {
            return false;
        }
        // Here, not where the last count goes: dropping a waker may run the task's destructors.
        drop(block.waker.take());
        drop(block.slot.take_block());
        block.slot.free();
        block.arena.give_of_future(block.slot);
        true
    }

    /// In the child of a fork a parent's future is not at home (C23).
    pub(super) fn is_home(&self) -> bool {
        Gate::calm(GATE.load()) == self.calm
    }

    pub(super) fn has_ended(&self) -> bool {
        self.ended.load(Ordering::Acquire)
    }

    /// Not before its slot is open: what stands in it till then is the time of another block.
    fn is_open(&self) -> bool {
        !self.has_ended() && self.slot.is_open()
    }

    pub(crate) fn wake(&self) {
        self.waker.wake();
    }

    /// This block and those around it.
    pub(super) fn chain(&self) -> impl Iterator<Item = &Self> {
        std::iter::successors(Some(self), |block| block.outer.as_deref())
            .filter(|block| block.is_open() && block.is_home())
    }

    /// The latest deadline of the owner's blocks; `None` if this one has ended.
    pub(crate) fn owner_deadline(&self, bounds: Bounds) -> Option<Time> {
        (self.is_home() && self.is_open()).then(|| self.latest_deadline(Some(bounds)))
    }

    /// Of those around it, this one, and those in it.
    fn latest_deadline(&self, bounds: Option<Bounds>) -> Time {
        let around = self.chain().map(|block| block.slot.deadline(bounds).unwrap_or(Time::NEVER)).max();
        around.max(self.latest_within(bounds)).unwrap_or(Time::NEVER)
    }

    fn latest_within(&self, bounds: Option<Bounds>) -> Option<Time> {
        let inner = self.inner.lock().unwrap_or_else(PoisonError::into_inner);
        let inner = inner.iter().filter_map(Weak::upgrade).filter(|inner| inner.is_open() && inner.is_home());
        inner
            .map(|inner| {
                let own = inner.slot.deadline(bounds).unwrap_or(Time::NEVER);
                inner.latest_within(bounds).map_or(own, |within| within.max(own))
            })
            .max()
    }

    /// The innermost future that is being polled on this thread. Also asked when the thread's destructors have run:
    /// nothing is polled there.
    pub(super) fn polled_here() -> Option<Arc<Self>> {
        Polled::innermost().map(|polled| Arc::clone(polled.block.here()))
    }
}

impl Owned for AsyncBlock {
    fn slot(&self) -> &'static Slot {
        self.slot
    }

    fn nest(&self, now: Time, bounds: Option<Bounds>, _: &mut Owners) -> Nest {
        let mut nest = Nest::default();
        for (depth, block) in self.chain().enumerate() {
            let deadline = block.slot.deadline(bounds).unwrap_or(Time::NEVER);
            if depth > 0 || !self.is_open() {
                nest.outer_open = true;
                nest.outer_holds |= deadline > now;
            }
        }
        nest.deadline = Some(self.latest_deadline(bounds));
        nest
    }

    fn owner(&self) -> u64 {
        // The outermost one, open or not.
        let outermost = std::iter::successors(Some(self), |block| block.outer.as_deref()).last();
        told::number_in(&outermost.unwrap_or(self).number)
    }

    fn waits_for_others(&self) -> bool {
        false
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::time::Span;

    fn open(block: &Arc<AsyncBlock>, budget: Span, now: Time) {
        let options = Options { budget, drain: false, regardless: false, name: None };
        block.slot.open(&options, Location::caller(), 1, now, Arc::clone(block));
    }

    impl AsyncBlock {
        /// One that nobody polls, with this waker, in this thread's arena.
        pub(crate) fn opened(budget: Span, now: Time, waker: &std::task::Waker) -> Arc<Self> {
            let arena = arena::acquire();
            let block = Self::new(arena, arena.take_for_future().0, Gate::calm(GATE.load()), None);
            open(&block, budget, now);
            block.waker.register(waker);
            block
        }

        pub(crate) fn close(&self) {
            drop(self.slot.take_block());
            self.slot.free();
        }
    }

    #[test]
    fn c11_a_future_that_starts_lends_nothing_of_the_block_that_had_its_slot() {
        // A thread of its own, for an arena of its own.
        let asks = || {
            let arena = arena::acquire();
            let calm = Gate::calm(GATE.load());
            let now = Time(1_000_000_000);
            let outer = AsyncBlock::new(arena, arena.take_for_future().0, calm, None);
            open(&outer, Span(5), now);
            let slot = arena.take_for_future().0;
            let former = AsyncBlock::new(arena, slot, calm, None);
            open(&former, Span(1000), now);
            drop(slot.take_block());
            slot.free();
            let inner = AsyncBlock::new(arena, slot, calm, Some(Arc::clone(&outer)));
            assert_eq!(outer.owner_deadline(now.into()), Some(now.plus(Span(5))));
            assert_eq!(inner.owner_deadline(now.into()), None);
            open(&inner, Span(70), now);
            assert_eq!(outer.owner_deadline(now.into()), Some(now.plus(Span(70))));
            for block in [inner, outer] {
                block.close();
            }
        };
        std::thread::spawn(asks).join().unwrap();
    }
}
