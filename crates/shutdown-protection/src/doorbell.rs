//! How anyone wakes the supervisor: a word that is written at each ring, and the system's way to wait on it.
//!
//! The supervisor hears ([`hear`](Doorbell::hear)) *before* it looks at the mailbox and the state, and then
//! waits only while the word is as it heard it: a ring between the look and the wait changes the word, so the
//! wait returns at once. No ring is lost.

use crate::sync::atomic::{AtomicU32, Ordering, fence};

pub(crate) struct Doorbell {
    word: AtomicU32,
    /// Somebody has slept here. Until then a ring is no system call; it is never taken back, so nobody has to count.
    visited: AtomicU32,
    /// `loom` knows no futex: there, the kernel's queue is a lock with a condition.
    #[cfg(loom)]
    kernel: (loom::sync::Mutex<()>, loom::sync::Condvar),
}

impl Doorbell {
    #[cfg(not(loom))]
    pub(crate) const fn new() -> Self {
        Self { word: AtomicU32::new(0), visited: AtomicU32::new(0) }
    }

    #[cfg(loom)]
    pub(crate) fn new() -> Self {
        Self {
            word: AtomicU32::new(0),
            visited: AtomicU32::new(0),
            kernel: (loom::sync::Mutex::new(()), loom::sync::Condvar::new()),
        }
    }

    /// Rings. For signal handlers too (the caller keeps `errno`).
    pub(crate) fn ring(&self) {
        self.word.fetch_add(1, Ordering::SeqCst);
        // The other half is in `visit`: this look sees the visitor, or the visitor's wait sees the new word.
        fence(Ordering::SeqCst);
        if self.visited.load(Ordering::Relaxed) == 0 {
            return;
        }
        #[cfg(not(loom))]
        crate::os::wake::wake(&self.word);
        #[cfg(loom)]
        {
            let _queue = self.kernel.0.lock().unwrap();
            self.kernel.1.notify_all();
        }
    }

    /// In the child of a fork: nobody waits there yet, unless the fork was made by a handler in the middle of a wait.
    #[cfg(not(loom))]
    pub(crate) fn forked(&self) {
        self.word.store(0, Ordering::SeqCst);
    }

    /// The word before a look at what there is to do.
    pub(crate) fn hear(&self) -> u32 {
        self.word.load(Ordering::SeqCst)
    }

    /// Before a wait, which compares the word behind this fence.
    fn visit(&self) {
        self.visited.store(1, Ordering::Relaxed);
        fence(Ordering::SeqCst);
    }

    /// Waits until it rings after `heard`, or the time is up; may return for no reason.
    #[cfg(not(loom))]
    pub(crate) fn wait(&self, heard: u32, limit: Option<std::time::Duration>) {
        self.visit();
        crate::os::wake::wait(&self.word, heard, limit);
    }

    /// As the futex does it: the comparison and the falling asleep are one step for those who wake.
    #[cfg(loom)]
    pub(crate) fn wait(&self, heard: u32) {
        self.visit();
        let queue = self.kernel.0.lock().unwrap();
        if self.word.load(Ordering::SeqCst) == heard {
            drop(self.kernel.1.wait(queue).unwrap());
        }
    }
}
