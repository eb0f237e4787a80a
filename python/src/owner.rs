//! Whose a block is: the asyncio task's, else the thread's.
//!
//! A task is known by its address while it runs; a weak reference tells whether it still is the same when its deadline comes.
//! A program that has not imported asyncio pays one look into `sys.modules` for it.

use std::collections::HashMap;
use std::ptr;
use std::sync::atomic::{AtomicIsize, AtomicPtr, Ordering};
use std::sync::{Mutex, MutexGuard, PoisonError};

use pyo3::ffi;
use pyo3::intern;
use pyo3::prelude::*;
use pyo3::sync::PyOnceLock;
use pyo3::types::{PyDict, PyWeakrefMethods, PyWeakrefReference};
use shutdown_protection::face::{self, Owner};

struct Asyncio {
    running_loop: Py<PyAny>,
    current_task: Py<PyAny>,
}

static ASYNCIO: PyOnceLock<Asyncio> = PyOnceLock::new();

/// The tasks that have had blocks, and the loops that run them.
static TASKS: Mutex<Option<HashMap<u64, Known>>> = Mutex::new(None);

struct Known {
    task: Py<PyWeakrefReference>,
    event_loop: Py<PyAny>,
    open: usize,
}

/// Threads that an asynchronous exception was set for, and has not met its end yet.
static ASYNC: Mutex<Vec<u64>> = Mutex::new(Vec::new());

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

/// The interpreter's modules, and how many there were when asyncio was not among them.
static MODULES: AtomicPtr<ffi::PyObject> = AtomicPtr::new(ptr::null_mut());
static COUNT: AtomicIsize = AtomicIsize::new(-1);

/// Is asyncio not imported, as it was not when we looked last?
#[inline]
fn is_without_asyncio() -> bool {
    let modules = MODULES.load(Ordering::Relaxed);
    // SAFETY: a dict that lives as long as the interpreter.
    !modules.is_null() && unsafe { ffi::PyDict_Size(modules) } == COUNT.load(Ordering::Relaxed)
}

fn asyncio(py: Python<'_>) -> Option<&Asyncio> {
    ASYNCIO.get(py).or_else(|| if is_without_asyncio() { None } else { look_for_asyncio(py) })
}

#[cold]
fn look_for_asyncio(py: Python<'_>) -> Option<&Asyncio> {
    // SAFETY: borrowed, and alive as long as the interpreter.
    let modules = unsafe { Borrowed::from_ptr(py, ffi::PyImport_GetModuleDict()) };
    let modules = modules.cast::<PyDict>().ok()?;
    MODULES.store(modules.as_ptr(), Ordering::Relaxed);
    COUNT.store(modules.len() as isize, Ordering::Relaxed);
    let tasks = modules.get_item(intern!(py, "asyncio.tasks")).ok()??;
    // While the module is being imported, it has no such functions yet, and no task runs.
    COUNT.store(-1, Ordering::Relaxed);
    let current_task = tasks.getattr(intern!(py, "current_task")).ok()?.unbind();
    let events = py.import("asyncio.events").ok()?;
    let running_loop = events.getattr("_get_running_loop").ok()?.unbind();
    let _ = ASYNCIO.set(py, Asyncio { running_loop, current_task });
    ASYNCIO.get(py)
}

/// The event loop that runs in this thread.
pub(crate) fn running_loop(py: Python<'_>) -> Option<Bound<'_, PyAny>> {
    let found = asyncio(py)?.running_loop.bind(py).call0().ok()?;
    (!found.is_none()).then_some(found)
}

/// The task that runs in this thread.
fn current_task<'py>(py: Python<'py>, event_loop: &Bound<'py, PyAny>) -> Option<Bound<'py, PyAny>> {
    let task = asyncio(py)?.current_task.bind(py).call1((event_loop,)).ok()?;
    (!task.is_none()).then_some(task)
}

/// The owner of what runs here.
#[inline]
pub(crate) fn current(py: Python<'_>) -> Owner {
    if is_without_asyncio() { Owner::THREAD } else { current_in_loop(py) }
}

fn current_in_loop(py: Python<'_>) -> Owner {
    let Some(event_loop) = running_loop(py) else { return Owner::THREAD };
    let task = current_task(py, &event_loop).map_or(0, |task| task.as_ptr() as u64);
    Owner { task, in_loop: true }
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
        unsafe { ffi::PyThreadState_SetAsyncExc(thread as _, ptr::null_mut()) };
    }
}

/// In the child of a fork.
pub(crate) fn forked() {
    lock(&ASYNC).clear();
}
