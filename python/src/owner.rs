//! Whose a block is: the task's of asyncio or trio, the greenlet's of gevent, else the thread's.
//!
//! A task is known by its address while it runs; a weak reference tells whether it still is the same when its deadline comes.

use std::sync::{Mutex, MutexGuard, PoisonError};

use pyo3::prelude::*;
use shutdown_protection::face::Owner;

mod libraries;
mod lost;
mod scopes;
mod tasks;
mod threads;

use libraries::current_task;
pub(crate) use libraries::{Library, has_cells, is_in_cell, is_mains_own, may_be_task, running, running_loop};
pub(crate) use scopes::{entered_scope, left_scope};
pub(crate) use tasks::{cancel_if_due, cancel_task, forget_task, forget_told_tasks, hold_loops, holds_loop, note_task};
pub(crate) use threads::{interrupt_threads, is_thread_due, may_be_interrupted, withdraw_async};

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

/// The owner of what runs here.
#[inline]
pub(crate) fn current(py: Python<'_>) -> Owner {
    match current_task(py) {
        None => Owner::THREAD,
        Some((_, task)) => Owner { task: task.map_or(0, |task| task.as_ptr() as u64), in_loop: true },
    }
}

/// In the child of a fork.
#[cfg(unix)]
pub(crate) fn forked() {
    threads::forked();
}
