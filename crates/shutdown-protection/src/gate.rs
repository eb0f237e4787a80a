//! The one word that every guard looks at: is all calm, or is there something to attend to?
//!
//! While nothing is pending the word has one value: 0 in a process that was not forked under the library, and a guard's
//! whole check is one relaxed load and one comparison. In the child of a fork it is another value, which the guard
//! remembers; so only there the guard's slot is asked. Anything else sends the guard to the engine's lock.
//!
//! # The race between a block that starts and an event
//!
//! The owner does `slot := open; barrier; read word`. The engine does `word := pending; barrier; read slots`.
//! With a full barrier on both sides at least one of them sees the other: the owner meets the shutdown, or
//! the engine meets the block. Never does the engine end the process under an owner that believes itself
//! protected. The end of a block is the same race (`slot := free; barrier; read word`), so no last block ends
//! unnoticed.
//!
//! A full barrier costs an owner as much as the rest of its work, and it would pay it for an event that comes
//! once. So where the system has one (`membarrier` on Linux, `FlushProcessWriteBuffers` on Windows), the engine pays for both: [`Gate::heavy`] makes
//! every running thread of the process pass a full barrier, and the owner's own, [`Gate::light`], only keeps
//! the compiler from exchanging the two accesses. Elsewhere [`FENCED`] stands in the word, which is then
//! never calm at first sight, and the owner executes a real fence. `loom` explores both sides with real
//! fences.

use crate::sync::atomic::{AtomicU32, Ordering, fence};

/// The mailbox holds events that the engine has not taken yet.
pub(crate) const ATTENTION: u32 = 1;
/// A shutdown is pending, or may be (the engine is just deciding).
pub(crate) const PENDING: u32 = 1 << 1;
/// Events wait for their guests until the main thread's blocks are done (C27).
pub(crate) const GUEST: u32 = 1 << 2;
/// Nothing is installed in this process yet.
pub(crate) const NOT_INSTALLED: u32 = 1 << 3;
/// The system has no barrier that reaches other threads: owners fence for themselves.
pub(crate) const FENCED: u32 = 1 << 4;
/// A shutdown is pending: the machine has said so, and the program goes on until its breakpoints. Always with [`PENDING`].
pub(crate) const REQUESTED: u32 = 1 << 5;
/// What is above counts the forks that lie between this process and the first, so that a guard that a child inherited
/// knows that it is not at home (C23).
pub(crate) const EPOCH_SHIFT: u32 = 16;
const EPOCH: u32 = 1 << EPOCH_SHIFT;
const FLAGS: u32 = EPOCH - 1;

pub(crate) struct Gate(AtomicU32);

impl Gate {
    #[cfg(not(loom))]
    pub(crate) const fn new() -> Self {
        Self(AtomicU32::new(NOT_INSTALLED))
    }

    #[cfg(loom)]
    pub(crate) fn new() -> Self {
        Self(AtomicU32::new(0))
    }

    /// The word. Relaxed: whoever finds a flag in it goes on under the engine's lock, which orders the rest;
    /// and a signal handler that ran on this thread is ordered before by the program order.
    #[inline]
    pub(crate) fn load(&self) -> u32 {
        self.0.load(Ordering::Relaxed)
    }

    /// Is a shutdown pending for sure? Acquire pairs with [`raise`](Self::raise): with the answer comes what was done
    /// before the shutdown was asked for.
    pub(crate) fn is_requested(&self) -> bool {
        self.0.load(Ordering::Acquire) & REQUESTED != 0
    }

    /// The value of this word when all is calm.
    #[inline]
    pub(crate) const fn calm(word: u32) -> u32 {
        word & !FLAGS
    }

    /// If all is calm now: the value of this word then. Before a start.
    #[inline]
    pub(crate) fn calm_now(&self) -> Option<u32> {
        let word = self.load();
        (word & FLAGS & !FENCED == 0).then_some(Self::calm(word))
    }

    /// Is all calm? At a breakpoint, which needs no barrier. `calm`: the value when all is calm for the guard, which is
    /// asked only where it may not be 0: no guard is older than the first process.
    #[inline]
    pub(crate) fn is_calm(&self, calm: impl FnOnce() -> u32) -> bool {
        let word = self.load();
        word == 0 || {
            let calm = calm();
            word == calm || word == calm | FENCED
        }
    }

    /// Between an owner's store to its slot and its look at the word.
    #[inline]
    pub(crate) fn light(&self) {
        #[cfg(loom)]
        fence(Ordering::SeqCst);
        #[cfg(not(loom))]
        std::sync::atomic::compiler_fence(Ordering::SeqCst);
    }

    /// The owner's look after [`light`](Self::light): is all calm still? Makes up for the missing barrier
    /// where the system has none.
    #[inline]
    pub(crate) fn still_calm(&self, calm: impl FnOnce() -> u32) -> bool {
        let word = self.load();
        word == 0 || {
            let calm = calm();
            word == calm || (word == calm | FENCED && self.calm_behind_fence(calm))
        }
    }

    #[cold]
    fn calm_behind_fence(&self, calm: u32) -> bool {
        fence(Ordering::SeqCst);
        self.load() == calm | FENCED
    }

    /// Between the engine's store to the word and its look at the slots.
    pub(crate) fn heavy(&self) {
        #[cfg(not(loom))]
        if self.load() & FENCED == 0 && !crate::os::barrier::all_threads() {
            // A sandbox has forbidden it after it had been granted. From now on owners fence for themselves; those who
            // looked before have long been done when this thread goes on.
            self.raise(FENCED);
            std::thread::sleep(std::time::Duration::from_millis(5));
        }
        fence(Ordering::SeqCst);
    }

    /// Raises flags. Also called by signal handlers.
    pub(crate) fn raise(&self, flags: u32) {
        self.0.fetch_or(flags, Ordering::SeqCst);
    }

    /// Lowers flags.
    pub(crate) fn lower(&self, flags: u32) {
        self.0.fetch_and(!flags, Ordering::SeqCst);
    }

    /// In the child of a fork, before anything else runs: another epoch, nothing installed, nothing pending.
    pub(crate) fn forked(&self) {
        // Never 0 again: that is the first process.
        let calm = Self::calm(self.load()).checked_add(EPOCH).unwrap_or(EPOCH);
        self.0.store(calm | NOT_INSTALLED, Ordering::SeqCst);
    }
}

#[cfg(all(test, not(loom)))]
mod tests {
    use super::*;

    #[test]
    fn c25_a_system_without_a_barrier_is_calm_behind_a_fence() {
        let gate = Gate::new();
        gate.lower(NOT_INSTALLED);
        gate.raise(FENCED);
        let calm = Gate::calm(gate.load());
        assert!(gate.is_calm(|| calm) && gate.still_calm(|| calm));
        gate.raise(ATTENTION);
        assert!(!gate.is_calm(|| calm) && !gate.still_calm(|| calm));
        gate.lower(ATTENTION);
        assert!(gate.still_calm(|| calm));
    }

    #[test]
    fn c23_a_guard_of_the_parent_is_not_calm_in_the_child() {
        let gate = Gate::new();
        gate.lower(NOT_INSTALLED);
        let parents = Gate::calm(gate.load());
        gate.raise(PENDING);
        gate.forked();
        gate.lower(NOT_INSTALLED);
        assert!(!gate.is_calm(|| parents));
        assert!(gate.is_calm(|| Gate::calm(gate.load())), "nothing is pending in the child");
    }

    #[test]
    fn c23_the_first_process_is_told_from_its_last_descendant() {
        let gate = Gate::new();
        gate.lower(NOT_INSTALLED);
        gate.raise(!FLAGS);
        let parents = Gate::calm(gate.load());
        gate.forked();
        gate.lower(NOT_INSTALLED);
        assert!(!gate.is_calm(|| parents) && !gate.still_calm(|| parents));
        assert!(!gate.is_calm(|| 0), "a guard of the first process");
    }
}
