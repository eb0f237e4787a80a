//! asyncio's running loop and task, for a program that has imported it.

use std::ptr;
use std::sync::atomic::{AtomicIsize, AtomicPtr, Ordering};

use pyo3::ffi;
use pyo3::intern;
use pyo3::prelude::*;
use pyo3::sync::PyOnceLock;
use pyo3::types::PyDict;

struct Asyncio {
    running_loop: Py<PyAny>,
    current_task: Py<PyAny>,
}

static ASYNCIO: PyOnceLock<Asyncio> = PyOnceLock::new();

/// The interpreter's modules, and how many there were when asyncio was not among them.
static MODULES: AtomicPtr<ffi::PyObject> = AtomicPtr::new(ptr::null_mut());
static COUNT: AtomicIsize = AtomicIsize::new(-1);

/// Is asyncio not imported, as it was not when we looked last?
#[inline]
pub(super) fn is_missing() -> bool {
    let modules = MODULES.load(Ordering::Relaxed);
    // SAFETY: a dict that lives as long as the interpreter.
    !modules.is_null() && unsafe { ffi::PyDict_Size(modules) } == COUNT.load(Ordering::Relaxed)
}

fn asyncio(py: Python<'_>) -> Option<&Asyncio> {
    ASYNCIO.get(py).or_else(|| if is_missing() { None } else { look_for_asyncio(py) })
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
pub(super) fn current_task<'py>(py: Python<'py>, event_loop: &Bound<'py, PyAny>) -> Option<Bound<'py, PyAny>> {
    let task = asyncio(py)?.current_task.bind(py).call1((event_loop,)).ok()?;
    (!task.is_none()).then_some(task)
}
