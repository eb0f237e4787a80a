//! The slot of a future's block.

use std::ops::Deref;
use std::panic::Location;
use std::sync::Arc;
use std::sync::atomic::{AtomicPtr, Ordering};

use super::options::Options;
use super::slot::{FUTURE, Slot};
use crate::future::AsyncBlock;
use crate::time::Time;

/// A [`Slot`], and the way to the future for the supervisor.
#[repr(C)]
pub(crate) struct FutureSlot {
    slot: Slot,
    /// One count of the [`AsyncBlock`], or null.
    block: AtomicPtr<AsyncBlock>,
}

impl Deref for FutureSlot {
    type Target = Slot;

    fn deref(&self) -> &Slot {
        &self.slot
    }
}

impl FutureSlot {
    /// As [`Slot::open`]. The block is put there last: whoever finds it, finds its slot open.
    pub(crate) fn open(
        &self,
        options: &Options,
        location: &'static Location<'static>,
        serial: u64,
        now: Time,
        block: Arc<AsyncBlock>,
    ) {
        self.slot.open_as(FUTURE, options, location, serial, block.calm, now);
        self.block.store(Arc::into_raw(block).cast_mut(), Ordering::Release);
    }

    /// Takes the count of the future's block out: the owner at the end, or the supervisor when it watches it.
    /// Whoever gets it, has it.
    pub(crate) fn take_block(&self) -> Option<Arc<AsyncBlock>> {
        let block = self.block.swap(std::ptr::null_mut(), Ordering::AcqRel);
        // SAFETY: not null: the count that `open` put there; the swap gives it to one taker.
        (!block.is_null()).then(|| unsafe { Arc::from_raw(block) })
    }
}
