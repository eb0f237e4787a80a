//! How anyone wakes the supervisor: a word that is written at each ring, and the system's way to wait on it.
//!
//! The supervisor hears ([`hear`](Doorbell::hear)) *before* it looks at the mailbox and the state, and then waits only while the word
//! is as it heard it: a ring between the look and the wait changes the word, so the wait returns at once. No ring is lost.

use crate::sync::atomic::{AtomicU32, Ordering};

pub(crate) struct Doorbell(AtomicU32);

impl Doorbell {
    #[cfg(not(loom))]
    pub(crate) const fn new() -> Self {
        Self(AtomicU32::new(0))
    }

    #[cfg(loom)]
    pub(crate) fn new() -> Self {
        Self(AtomicU32::new(0))
    }

    /// Rings. For signal handlers too (the caller keeps `errno`).
    pub(crate) fn ring(&self) {
        self.0.fetch_add(1, Ordering::SeqCst);
        #[cfg(not(loom))]
        crate::os::wake::wake(&self.0);
    }

    /// In the child of a fork: nobody waits there yet.
    pub(crate) fn ring_silently(&self) {
        self.0.fetch_add(1, Ordering::SeqCst);
    }

    /// The word before a look at what there is to do.
    pub(crate) fn hear(&self) -> u32 {
        self.0.load(Ordering::SeqCst)
    }

    /// Waits until it rings after `heard`, or the time is up; may return for no reason.
    #[cfg(not(loom))]
    pub(crate) fn wait(&self, heard: u32, limit: Option<std::time::Duration>) {
        crate::os::wake::wait(&self.0, heard, limit);
    }

    /// For `loom`, which knows no futex: would a wait sleep? (It explores that no one sleeps on a ring.)
    #[cfg(loom)]
    pub(crate) fn would_sleep(&self, heard: u32) -> bool {
        self.0.load(Ordering::SeqCst) == heard
    }
}
