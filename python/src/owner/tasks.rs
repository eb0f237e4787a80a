//! The tasks that have open blocks: by number, until their deadline comes or the last block has ended.

use std::collections::HashMap;
use std::sync::Mutex;

use pyo3::prelude::*;
use pyo3::types::{PyWeakrefMethods, PyWeakrefReference};
use shutdown_protection::face::{self, Owner};

use super::asyncio::{current_task, running_loop};
use super::lock;

/// The tasks that have had blocks, and the loops that run them.
static TASKS: Mutex<Option<HashMap<u64, Known>>> = Mutex::new(None);

struct Known {
    task: Py<PyWeakrefReference>,
    event_loop: Py<PyAny>,
    open: usize,
}

/// A block of this task begins.
#[inline]
pub(crate) fn note_task(py: Python<'_>, owner: Owner) {
    if owner.task != 0 {
        note(py, owner);
    }
}

/// What runs Python code comes before the lock is taken: in there, another thread could want both.
#[cold]
fn note(py: Python<'_>, owner: Owner) {
    let Some(event_loop) = running_loop(py) else { return };
    let Some(task) = current_task(py, &event_loop) else { return };
    let Ok(task) = PyWeakrefReference::new(&task) else { return };
    let known = Known { task: task.unbind(), event_loop: event_loop.unbind(), open: 1 };
    let unused = {
        let mut tasks = lock(&TASKS);
        let tasks = tasks.get_or_insert_default();
        match tasks.get_mut(&owner.task) {
            Some(open) => {
                open.open += 1;
                Some(known)
            }
            None => tasks.insert(owner.task, known),
        }
    };
    drop(unused);
}

/// A block of this task has ended.
#[inline]
pub(crate) fn forget_task(task: u64) {
    if task != 0 {
        forget(task);
    }
}

#[cold]
fn forget(task: u64) {
    let last = {
        let mut tasks = lock(&TASKS);
        let Some(tasks) = tasks.as_mut() else { return };
        let Some(known) = tasks.get_mut(&task) else { return };
        known.open -= 1;
        if known.open == 0 { tasks.remove(&task) } else { None }
    };
    // References go without the lock.
    drop(last);
}

/// The deadline of all blocks of this task has passed: cancels it, in its loop, if that is still so then.
pub(crate) fn cancel_task(py: Python<'_>, number: u64) {
    let found = lock(&TASKS)
        .as_ref()
        .and_then(|tasks| tasks.get(&number))
        .map(|known| (known.task.bind(py).upgrade(), known.event_loop.clone_ref(py)));
    let Some((Some(task), event_loop)) = found else { return };
    let schedule = || -> PyResult<()> {
        let cancel = py.import("graceful_shutdown._native")?.getattr("_cancel_if_due")?;
        event_loop.bind(py).call_method1("call_soon_threadsafe", (cancel, task))?;
        Ok(())
    };
    // A loop that was closed runs no task any more.
    let _ = schedule();
}

/// Is all the time of this task up?
pub(crate) fn task_has_lapsed(task: &Bound<'_, PyAny>) -> bool {
    face::task_has_lapsed(task.as_ptr() as u64)
}
