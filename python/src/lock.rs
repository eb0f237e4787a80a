//! The lock of an object's state: the interpreter's; on a free-threaded build, which has none, one of the object's own.
//!
//! What is done under it is a few loads and stores: no code of Python's, which could come here again, and no waiting. So nobody
//! waits for it long, and a thread may do so without leaving the interpreter. Nor is it held by another thread at a
//! fork, for which a free-threaded interpreter stops the others where they run Python code or are outside of it.
//!
//! The feature `own-locks` takes the locks of free-threaded builds on the others, for tests.

#[cfg(not(any(Py_GIL_DISABLED, feature = "own-locks")))]
mod imp {
    use std::cell::UnsafeCell;

    use pyo3::Python;

    pub(crate) struct Lock<T>(UnsafeCell<T>);

    impl<T> Lock<T> {
        pub(crate) const fn new(value: T) -> Self {
            Self(UnsafeCell::new(value))
        }

        /// Runs `work` with the value. It runs no code of Python's, and drops nothing that could.
        #[inline]
        pub(crate) fn with<R>(&self, _: Python<'_>, work: impl FnOnce(&mut T) -> R) -> R {
            // SAFETY: the interpreter lock is held, and kept: `work` does not come here again, nor lets anybody else.
            work(unsafe { &mut *self.0.get() })
        }
    }
}

#[cfg(any(Py_GIL_DISABLED, feature = "own-locks"))]
mod imp {
    use std::sync::{Mutex, PoisonError};

    use pyo3::Python;

    pub(crate) struct Lock<T>(Mutex<T>);

    impl<T> Lock<T> {
        pub(crate) const fn new(value: T) -> Self {
            Self(Mutex::new(value))
        }

        /// Runs `work` with the value. It runs no code of Python's, and drops nothing that could.
        #[inline]
        pub(crate) fn with<R>(&self, _: Python<'_>, work: impl FnOnce(&mut T) -> R) -> R {
            work(&mut self.0.lock().unwrap_or_else(PoisonError::into_inner))
        }
    }
}

pub(crate) use imp::Lock;
