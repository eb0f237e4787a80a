//! Imports that a fork in another thread does not cut in two (C23).
//!
//! In the child, a module that another thread was just importing stays half imported, and who imports it there waits for
//! that thread for ever: each module has a lock of its own, which no fork lets go (`importlib._bootstrap._ModuleLock`). So
//! a fork waits for the imports of ours that other threads are at.

use std::cell::Cell;
use std::sync::atomic::{AtomicUsize, Ordering};

use pyo3::prelude::*;

use crate::lifetime;

/// Imports of ours, of all threads.
static AT_WORK: AtomicUsize = AtomicUsize::new(0);

thread_local! {
    /// Those of this thread.
    static HERE: Cell<usize> = const { Cell::new(0) };
}

pub(crate) fn import<'py>(py: Python<'py>, name: &str) -> PyResult<Bound<'py, PyModule>> {
    lifetime::watch_forks(py)?;
    AT_WORK.fetch_add(1, Ordering::SeqCst);
    HERE.set(HERE.get() + 1);
    let module = py.import(name);
    HERE.set(HERE.get() - 1);
    AT_WORK.fetch_sub(1, Ordering::SeqCst);
    module
}

/// Before a fork, last of all: it is asked with the interpreter lock, without which no import begins. A second at the most:
/// an import may wait for one that this thread is in.
#[cfg(unix)]
pub(crate) fn wait_for_others(py: Python<'_>) {
    for _ in 0..1_000 {
        if AT_WORK.load(Ordering::SeqCst) <= HERE.get() {
            break;
        }
        py.detach(|| std::thread::sleep(std::time::Duration::from_millis(1)));
    }
}

/// In the child of a fork.
#[cfg(unix)]
pub(crate) fn forked() {
    AT_WORK.store(HERE.get(), Ordering::SeqCst);
}
