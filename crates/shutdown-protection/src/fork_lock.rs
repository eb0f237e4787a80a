//! A lock that a fork cannot leave locked (C23).
//!
//! For what is changed rarely and for moments: it is a word that its owner sets, and the hook of the forked
//! child sets it back, whoever held it in the parent. A standard lock would stay locked in the child for
//! ever.

use std::cell::UnsafeCell;
use std::ops::{Deref, DerefMut};
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

pub(crate) struct ForkLock<T> {
    locked: AtomicBool,
    value: UnsafeCell<T>,
}

// SAFETY: the value is reached only through `Locked`, of which there is one at a time in a process. After a
// fork the child is alone with its copy.
unsafe impl<T: Send> Sync for ForkLock<T> {}

pub(crate) struct Locked<'a, T>(&'a ForkLock<T>);

impl<T> ForkLock<T> {
    pub(crate) const fn new(value: T) -> Self {
        Self { locked: AtomicBool::new(false), value: UnsafeCell::new(value) }
    }

    /// Waits for it by sleeping: it is held for some tens of microseconds, once or twice in the life of a
    /// program.
    pub(crate) fn lock(&self) -> Locked<'_, T> {
        while self.locked.compare_exchange(false, true, Ordering::Acquire, Ordering::Relaxed).is_err() {
            std::thread::sleep(Duration::from_micros(50));
        }
        Locked(self)
    }

    /// In the child of a fork. The value may be what another thread was just changing: users keep what they
    /// rely on behind an atomic flag that is set last.
    pub(crate) fn forked(&self) {
        self.locked.store(false, Ordering::SeqCst);
    }
}

impl<T> Deref for Locked<'_, T> {
    type Target = T;

    fn deref(&self) -> &T {
        // SAFETY: this is the only `Locked` of the lock.
        unsafe { &*self.0.value.get() }
    }
}

impl<T> DerefMut for Locked<'_, T> {
    fn deref_mut(&mut self) -> &mut T {
        // SAFETY: this is the only `Locked` of the lock.
        unsafe { &mut *self.0.value.get() }
    }
}

impl<T> Drop for Locked<'_, T> {
    fn drop(&mut self) {
        self.0.locked.store(false, Ordering::Release);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn c23_what_was_locked_at_a_fork_is_free_in_the_child() {
        let lock = ForkLock::new(1);
        std::mem::forget(lock.lock());
        lock.forked();
        *lock.lock() += 1;
        assert_eq!(*lock.lock(), 2);
    }

    #[test]
    fn one_at_a_time() {
        let lock = ForkLock::new(0);
        std::thread::scope(|scope| {
            for _ in 0..4 {
                scope.spawn(|| (0..100).for_each(|_| *lock.lock() += 1));
            }
        });
        assert_eq!(*lock.lock(), 400);
    }
}
