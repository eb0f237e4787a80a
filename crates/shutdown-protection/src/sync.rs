//! The atomics and the lock that the lock-free parts are built on: the standard library's, or `loom`'s
//! under `cfg(loom)`, so that the same lines are explored by the model checker.

#[cfg(not(loom))]
pub(crate) mod atomic {
    pub(crate) use std::sync::atomic::{AtomicU32, AtomicU64, Ordering, fence};
}

#[cfg(loom)]
pub(crate) mod atomic {
    pub(crate) use loom::sync::atomic::{AtomicU32, AtomicU64, Ordering, fence};
}
