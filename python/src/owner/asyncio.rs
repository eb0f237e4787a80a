//! asyncio's running loop and task, for a program that has imported it.

use std::sync::atomic::{AtomicIsize, Ordering};

use pyo3::ffi;
use pyo3::intern;
use pyo3::prelude::*;
use pyo3::sync::PyOnceLock;

struct Asyncio {
    running_loop: Py<PyAny>,
    current_task: Py<PyAny>,
}

static ASYNCIO: PyOnceLock<Asyncio> = PyOnceLock::new();

/// How many modules there were when asyncio was not among them.
static MODULES: AtomicIsize = AtomicIsize::new(-1);

#[inline]
fn asyncio(py: Python<'_>) -> Option<&Asyncio> {
    if let Some(known) = ASYNCIO.get(py) {
        return Some(known);
    }
    // SAFETY: borrowed, and alive as long as the interpreter.
    let modules = unsafe { Borrowed::from_ptr(py, ffi::PyImport_GetModuleDict()) };
    // SAFETY: a dict, else -1 and an error, which is cleared.
    let count = unsafe { ffi::PyDict_Size(modules.as_ptr()) };
    if count == MODULES.load(Ordering::Relaxed) { None } else { look_for_asyncio(py, modules, count) }
}

#[cold]
fn look_for_asyncio<'py>(py: Python<'py>, modules: Borrowed<'_, 'py, PyAny>, count: isize) -> Option<&'py Asyncio> {
    MODULES.store(count, Ordering::Relaxed);
    let modules = modules.cast::<pyo3::types::PyDict>().ok()?;
    let tasks = modules.get_item(intern!(py, "asyncio.tasks")).ok()??;
    // While the module is being imported, it has no such functions yet, and no task runs.
    MODULES.store(-1, Ordering::Relaxed);
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
pub(super) fn current_task<'py>(py: Python<'py>, event_loop: &Bound<'py, PyAny>) -> Option<Bound<'py, PyAny>> {
    let task = asyncio(py)?.current_task.bind(py).call1((event_loop,)).ok()?;
    (!task.is_none()).then_some(task)
}
