//! The tasks that have open blocks: by number, until their deadline comes or the last block has ended.

use std::collections::HashMap;
use std::sync::Mutex;

use pyo3::intern;
use pyo3::prelude::*;
use pyo3::types::{PyWeakrefMethods, PyWeakrefReference};
use shutdown_protection::face::{self, Owner};

use super::libraries::{Library, current_task, runner};
use super::lock;
use crate::imports::import;
use crate::present;

/// The tasks that have had blocks, and the loops that run them.
static TASKS: Mutex<Option<HashMap<u64, Known>>> = Mutex::new(None);

struct Known {
    task: Py<PyWeakrefReference>,
    library: Library,
    /// What runs it: asyncio's loop, trio's token, gevent's hub.
    runner: Py<PyAny>,
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
    if let Some(known) = lock(&TASKS).as_mut().and_then(|tasks| tasks.get_mut(&owner.task)) {
        known.open += 1;
        return;
    }
    let Some((library, Some(task))) = current_task(py) else { return };
    let (Some(runner), Ok(task)) = (runner(py, library), PyWeakrefReference::new(&task)) else { return };
    let known = Known { task: task.unbind(), library, runner: runner.unbind(), open: 1 };
    let former = lock(&TASKS).get_or_insert_default().insert(owner.task, known);
    drop(former);
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

/// The deadline of all blocks of this task has passed: cancels it, where it runs, if that is still so then.
pub(crate) fn cancel_task(py: Python<'_>, number: u64) {
    // Only references are taken with the lock.
    let known = lock(&TASKS)
        .as_ref()
        .and_then(|tasks| tasks.get(&number))
        .map(|known| (known.task.clone_ref(py), known.library, known.runner.clone_ref(py)));
    let Some((task, library, runner)) = known else { return };
    let Some(task) = task.bind(py).upgrade() else { return };
    let schedule = || -> PyResult<()> {
        let cancel = py.import("graceful_shutdown._native")?.getattr("_cancel_if_due")?;
        import(py, library.module())?.call_method1("call_soon", (runner, cancel, task))?;
        Ok(())
    };
    // What has ended runs no task any more.
    let _ = schedule();
}

/// Does asyncio's loop go on for the blocks of its tasks?
#[pyfunction]
#[pyo3(name = "_holds_loop")]
pub(crate) fn holds_loop(runner: &Bound<'_, PyAny>) -> bool {
    let tasks: Vec<u64> =
        lock(&TASKS).iter().flatten().filter(|(_, known)| known.runner.is(runner)).map(|(number, _)| *number).collect();
    face::tasks_hold_loop(&tasks)
}

/// A thread is told to stop, and a task may await what it ends with: the loops whose tasks hold the end are to outlive their main
/// task. While there are such loops, the interpreter is not finalized.
pub(crate) fn hold_loops(py: Python<'_>) {
    let mut loops: Vec<Py<PyAny>> = Vec::new();
    for known in lock(&TASKS).iter().flat_map(HashMap::values) {
        if known.library == Library::Asyncio && !loops.iter().any(|noted| noted.is(&known.runner)) {
            loops.push(known.runner.clone_ref(py));
        }
    }
    for held in loops.iter().filter(|noted| holds_loop(noted.bind(py))) {
        let _ = import(py, Library::Asyncio.module()).and_then(|module| module.call_method1("hold", (held,)));
    }
}

/// The shutdown was cancelled: who has been told to stop may be told again.
pub(crate) fn forget_told_tasks(py: Python<'_>) -> PyResult<()> {
    match present::module(intern!(py, "graceful_shutdown._asyncio")) {
        Some(module) => module.call_method0("forget").map(drop),
        None => Ok(()),
    }
}

/// Called there: cancels the task, if its time is still up.
#[pyfunction]
#[pyo3(name = "_cancel_if_due")]
pub(crate) fn cancel_if_due(task: &Bound<'_, PyAny>) -> PyResult<()> {
    let number = task.as_ptr() as u64;
    let library = lock(&TASKS).as_ref().and_then(|tasks| tasks.get(&number)).map(|known| known.library);
    if let Some(library) = library.filter(|_| face::task_has_lapsed(number)) {
        import(task.py(), library.module())?.call_method1("cancel", (task,))?;
    }
    Ok(())
}
