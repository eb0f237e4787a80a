//! A lock that a fork cannot leave locked (C23).
//!
//! For what is changed rarely and for moments. Its word holds the process of the holder: in the child of a fork, a lock
//! that another thread held in the parent is free. A standard lock would stay locked there for ever.

use std::cell::UnsafeCell;
use std::ops::{Deref, DerefMut};
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::Duration;

pub(crate) struct ForkLock<T> {
    /// The holder's process, or 0.
    holder: AtomicU32,
    value: UnsafeCell<T>,
}

// SAFETY: the value is reached only through `Locked`, of which there is one at a time in a process. After a fork the
// child is alone with its copy.
unsafe impl<T: Send> Sync for ForkLock<T> {}

pub(crate) struct Locked<'a, T>(&'a ForkLock<T>);

impl<T> ForkLock<T> {
    pub(crate) const fn new(value: T) -> Self {
        Self { holder: AtomicU32::new(0), value: UnsafeCell::new(value) }
    }

    /// Waits for it by sleeping: it is held for some tens of microseconds, once or twice in the life of a program. In the
    /// child of a fork the value may be what another thread was just changing: users keep what they rely on behind an
    /// atomic flag that is set last.
    pub(crate) fn lock(&self) -> Locked<'_, T> {
        let me = std::process::id();
        loop {
            let holder = self.holder.load(Ordering::Relaxed);
            if holder != me && self.holder.compare_exchange(holder, me, Ordering::Acquire, Ordering::Relaxed).is_ok() {
                return Locked(self);
            }
            std::thread::sleep(Duration::from_micros(50));
        }
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
        self.0.holder.store(0, Ordering::Release);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn c23_what_another_process_held_at_the_fork_is_free() {
        let lock = ForkLock::new(1);
        std::mem::forget(lock.lock());
        // As a child finds it: the holder is its parent.
        lock.holder.store(std::process::id() + 1, Ordering::Relaxed);
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
