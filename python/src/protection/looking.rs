//! Looking at the objects of other threads, to which `open_blocks()` has no references.
//!
//! An open block names its object, and an object ends its blocks before it goes. So with the interpreter lock, what is found
//! is there. On a free-threaded build an object that goes waits, behind the end of its blocks, until nobody is
//! looking: either it sees who looks, or who looks sees that the block has ended.

#[cfg(not(any(Py_GIL_DISABLED, feature = "own-locks")))]
mod imp {
    #[inline]
    pub(crate) fn looking<T>(work: impl FnOnce() -> T) -> T {
        work()
    }

    #[inline]
    pub(in crate::protection) fn wait_until_unseen() {}
}

#[cfg(any(Py_GIL_DISABLED, feature = "own-locks"))]
mod imp {
    use std::sync::atomic::{AtomicUsize, Ordering, fence};

    static LOOKING: AtomicUsize = AtomicUsize::new(0);

    /// `work` looks. It runs no code of Python's and drops no reference: it would wait for itself.
    pub(crate) fn looking<T>(work: impl FnOnce() -> T) -> T {
        LOOKING.fetch_add(1, Ordering::SeqCst);
        fence(Ordering::SeqCst);
        let found = work();
        LOOKING.fetch_sub(1, Ordering::SeqCst);
        found
    }

    /// Behind the end of an object's blocks, before it goes.
    #[inline]
    pub(in crate::protection) fn wait_until_unseen() {
        fence(Ordering::SeqCst);
        while LOOKING.load(Ordering::SeqCst) != 0 {
            std::thread::yield_now();
        }
    }
}

pub(crate) use imp::looking;
pub(super) use imp::wait_until_unseen;
