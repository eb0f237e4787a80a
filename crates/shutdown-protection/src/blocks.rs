//! The open blocks: what an owner writes when it starts and ends a block, and what the engine reads of them.
//!
//! Each thread has an [`Arena`](arena::Arena) of [`Slot`](slot::Slot)s, which only it takes from, so that no
//! lock and no cache line is shared between threads on the fast path. Arenas are never freed (a thread that
//! ends leaves its arena to the next one), so that the engine may look at every slot at any time; what it
//! reads is atomic and may be stale by an instant, which the [`gate`](crate::gate) makes harmless.

pub(crate) mod arena;
pub(crate) mod census;
mod chunk;
pub(crate) mod face_slot;
pub(crate) mod future_slot;
pub(crate) mod options;
mod origin;
pub(crate) mod owners;
mod pool;
mod seen;
pub(crate) mod slot;
