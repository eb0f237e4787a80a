//! Whose a face's block is, and what it is started as.

use std::time::Duration;

use crate::blocks::arena::Arena;
use crate::blocks::face_slot::Holder;
use crate::blocks::options::Options;
use crate::builder::ProtectionBuilder;
use crate::engine::Engine;
use crate::error::Interrupted;

/// Whose a block is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Owner {
    /// The number of the task; 0: the thread.
    pub task: u64,
    /// An event loop runs in this thread.
    pub in_loop: bool,
}

impl Owner {
    pub const THREAD: Self = Self { task: 0, in_loop: false };

    #[inline]
    pub(super) fn holds(self, tag: *const (), arena: &Arena) -> Holder {
        Holder { tag, task: self.task, in_loop: self.in_loop, on_main: arena.is_mains() }
    }
}

/// Which time the block has: as [`ProtectionBuilder`] says.
#[derive(Debug, Clone, Copy)]
pub struct Kind(pub(crate) Options);

impl Kind {
    /// `time`: `None` means the configured `max_exec_time` at each start.
    #[must_use]
    pub fn new(time: Option<Duration>, drain: bool, run_at_exit: bool) -> Self {
        let mut builder = ProtectionBuilder::default().run_at_exit(run_at_exit);
        if let Some(time) = time {
            builder = if drain { builder.drain_time(time) } else { builder.max_exec_time(time) };
        }
        Self(builder.options())
    }

    /// The time, as configured now if none was named.
    #[must_use]
    pub fn time(&self) -> Duration {
        self.0.budget.into()
    }
}

/// A breakpoint of an owner that has no block.
///
/// # Errors
///
/// A shutdown is pending.
pub fn outside() -> Result<(), Interrupted> {
    Engine::current().map_or(Ok(()), Engine::outside)
}
