//! Whose a block is: the asyncio task's, else the thread's.
//!
//! A task is known by its address while it runs; a weak reference tells whether it still is the same when its deadline comes.
//! A program that has not imported asyncio pays one look into `sys.modules` for it.

use std::sync::{Mutex, MutexGuard, PoisonError};

use pyo3::ffi;
use pyo3::prelude::*;
use shutdown_protection::face::Owner;

mod asyncio;
mod tasks;

use asyncio::current_task;
pub(crate) use asyncio::running_loop;
pub(crate) use tasks::{cancel_task, forget_task, note_task, task_has_lapsed};

/// Threads that an asynchronous exception was set for, and has not met its end yet.
static ASYNC: Mutex<Vec<u64>> = Mutex::new(Vec::new());

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

/// The owner of what runs here.
#[inline]
pub(crate) fn current(py: Python<'_>) -> Owner {
    if asyncio::is_missing() { Owner::THREAD } else { current_in_loop(py) }
}

fn current_in_loop(py: Python<'_>) -> Owner {
    let Some(event_loop) = running_loop(py) else { return Owner::THREAD };
    let task = current_task(py, &event_loop).map_or(0, |task| task.as_ptr() as u64);
    Owner { task, in_loop: true }
}

pub(crate) fn note_async(thread: u64) {
    lock(&ASYNC).push(thread);
}

/// C11: an interrupt that comes too late is withdrawn. In the thread, at the end of a block.
pub(crate) fn withdraw_async() {
    // SAFETY: takes nothing and cannot fail.
    let thread = unsafe { libc::pthread_self() } as u64;
    let mut threads = lock(&ASYNC);
    if let Some(index) = threads.iter().position(|noted| *noted == thread) {
        threads.swap_remove(index);
        drop(threads);
        // SAFETY: the interpreter lock is held; null takes back what was set and not raised yet.
        unsafe { ffi::PyThreadState_SetAsyncExc(thread as _, std::ptr::null_mut()) };
    }
}

/// In the child of a fork.
pub(crate) fn forked() {
    lock(&ASYNC).clear();
}
