//! Whose a block is: the task's of asyncio or trio, the greenlet's of gevent, else the thread's.
//!
//! A task is known by its address while it runs; a weak reference tells whether it still is the same when its deadline comes.

use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Mutex, MutexGuard, PoisonError};

use pyo3::ffi;
use pyo3::prelude::*;
use shutdown_protection::face::{self, Owner};

use crate::{events, frames};

mod libraries;
mod scopes;
mod tasks;

use libraries::current_task;
pub(crate) use libraries::{Library, has_cells, is_in_cell, is_mains_own, may_be_task, running, running_loop};
pub(crate) use scopes::{entered_scope, left_scope};
pub(crate) use tasks::{cancel_if_due, cancel_task, forget_task, hold_loops, holds_loop, note_task};

/// Threads that an asynchronous exception was set for, and has not met its end yet.
static ASYNC: Mutex<Vec<u64>> = Mutex::new(Vec::new());

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

/// How many these are: who ends a block where all is calm need not come to the lock for it.
static INTERRUPTED: AtomicUsize = AtomicUsize::new(0);

/// C11: sets the exception in this thread, if all its time is up. That is asked under the lock, at which the thread withdraws the
/// exception behind the end of its block: so it never comes outside of it.
pub(crate) fn interrupt_thread(py: Python<'_>, thread: u64) {
    hold_loops(py);
    let kind = events::interrupt(py, runs_loop(py, thread));
    let mut threads = lock(&ASYNC);
    if face::thread_has_lapsed(thread) {
        threads.push(thread);
        INTERRUPTED.store(threads.len(), Ordering::SeqCst);
        // SAFETY: this thread is in the interpreter; the type lives for ever. The identifier is the thread's `pthread_t`, as the
        // interpreter counts it; of a thread that has ended nothing is found. It runs no code of Python's.
        unsafe { ffi::PyThreadState_SetAsyncExc(thread as _, kind.as_ptr()) };
    }
}

/// Does asyncio run in this thread? By its frames: what it does elsewhere, no library says.
fn runs_loop(py: Python<'_>, thread: u64) -> bool {
    frames::of_thread(py, thread).any(|frame| frames::is_in_module(&frame, |module| module.starts_with("asyncio.")))
}

/// May there be such an exception, for the thread that ends a block where all is calm? With the interpreter lock it is raised
/// before the thread comes to that end.
#[inline]
pub(crate) fn may_be_interrupted() -> bool {
    cfg!(any(Py_GIL_DISABLED, feature = "own-locks")) && INTERRUPTED.load(Ordering::Relaxed) != 0
}

/// C11: an interrupt that comes too late is withdrawn. In the thread, at the end of a block.
pub(crate) fn withdraw_async() {
    let thread = face::this_thread();
    let mut threads = lock(&ASYNC);
    if let Some(index) = threads.iter().position(|noted| *noted == thread) {
        threads.swap_remove(index);
        INTERRUPTED.store(threads.len(), Ordering::SeqCst);
        // SAFETY: this thread is in the interpreter; null takes back what was set and not raised yet.
        unsafe { ffi::PyThreadState_SetAsyncExc(thread as _, std::ptr::null_mut()) };
    }
}

/// In the child of a fork.
#[cfg(unix)]
pub(crate) fn forked() {
    lock(&ASYNC).clear();
    INTERRUPTED.store(0, Ordering::SeqCst);
}
