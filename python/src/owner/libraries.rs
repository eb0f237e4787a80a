//! The libraries that run tasks in a thread, for a program that has imported them: which of them runs here, and what.
//!
//! Nothing is imported that the program has not imported itself. One that has none of them pays one look at the size of
//! `sys.modules`.

use std::sync::atomic::{AtomicIsize, AtomicU8, Ordering};

use pyo3::ffi;
use pyo3::intern;
use pyo3::prelude::*;
use pyo3::sync::PyOnceLock;
use pyo3::types::PyDict;
use shutdown_protection::face;

use crate::imports::import;
use crate::quiet::quietly;
use crate::{events, frames};

/// Whose tasks are owners of blocks.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Library {
    Asyncio,
    Trio,
    /// Its greenlets.
    Gevent,
}

impl Library {
    /// Where this library's side of the end is written.
    pub(crate) fn module(self) -> &'static str {
        match self {
            Self::Asyncio => "graceful_shutdown._asyncio",
            Self::Trio => "graceful_shutdown._trio",
            Self::Gevent => "graceful_shutdown._gevent",
        }
    }
}

struct Asyncio {
    running_loop: Py<PyAny>,
    current_task: Py<PyAny>,
}

struct Trio {
    in_run: Py<PyAny>,
    in_task: Py<PyAny>,
    current_task: Py<PyAny>,
    current_token: Py<PyAny>,
}

struct Gevent {
    current: Py<PyAny>,
    hub_if_exists: Py<PyAny>,
}

static ASYNCIO: PyOnceLock<Asyncio> = PyOnceLock::new();
static TRIO: PyOnceLock<Trio> = PyOnceLock::new();
static GEVENT: PyOnceLock<Gevent> = PyOnceLock::new();

/// Which of them are known: a bit each; the last for IPython.
static KNOWN: AtomicU8 = AtomicU8::new(0);
const KNOWN_ASYNCIO: u8 = 1;
const KNOWN_TRIO: u8 = 2;
const KNOWN_GEVENT: u8 = 4;
const KNOWN_IPYTHON: u8 = 8;

/// How many modules there were when the others were not among them.
static MODULES: AtomicIsize = AtomicIsize::new(-1);

#[inline]
fn known(py: Python<'_>) -> u8 {
    // SAFETY: borrowed, and alive as long as the interpreter.
    let modules = unsafe { Borrowed::from_ptr(py, ffi::PyImport_GetModuleDict()) };
    // SAFETY: a dict, else -1 and an error, which is cleared.
    let count = unsafe { ffi::PyDict_Size(modules.as_ptr()) };
    if count != MODULES.load(Ordering::Relaxed) {
        quietly(|| look(modules, count));
    }
    KNOWN.load(Ordering::Relaxed)
}

#[cold]
fn look(modules: Borrowed<'_, '_, PyAny>, count: isize) {
    let Ok(modules) = modules.cast::<PyDict>() else { return };
    let mut all_are_known = true;
    let libraries = [
        (KNOWN_ASYNCIO, "asyncio.tasks"),
        (KNOWN_TRIO, "trio.lowlevel"),
        (KNOWN_GEVENT, "gevent.hub"),
        (KNOWN_IPYTHON, "IPython.core.interactiveshell"),
    ];
    for (bit, name) in libraries {
        if KNOWN.load(Ordering::Relaxed) & bit != 0 {
            continue;
        }
        let Ok(Some(module)) = modules.get_item(name) else { continue };
        let known = match bit {
            KNOWN_ASYNCIO => know_asyncio(&module),
            KNOWN_TRIO => know_trio(&module),
            KNOWN_GEVENT => know_gevent(&module),
            _ => Ok(()),
        };
        match known {
            Ok(()) => _ = KNOWN.fetch_or(bit, Ordering::Relaxed),
            // While the module is being imported, it has no such functions yet, and no task runs.
            Err(_) => all_are_known = false,
        }
    }
    // At the end: a thread that comes meanwhile looks, too.
    MODULES.store(if all_are_known { count } else { -1 }, Ordering::Relaxed);
}

fn know_asyncio(tasks: &Bound<'_, PyAny>) -> PyResult<()> {
    let py = tasks.py();
    let current_task = tasks.getattr(intern!(py, "current_task"))?.unbind();
    let running_loop = py.import("asyncio.events")?.getattr("_get_running_loop")?.unbind();
    events::know_asyncio(&py.import("asyncio.exceptions")?.getattr("CancelledError")?)?;
    let _ = ASYNCIO.set(py, Asyncio { running_loop, current_task });
    Ok(())
}

fn know_trio(lowlevel: &Bound<'_, PyAny>) -> PyResult<()> {
    let of = |name: &str| Ok::<_, PyErr>(lowlevel.getattr(name)?.unbind());
    let trio = Trio {
        in_run: of("in_trio_run")?,
        in_task: of("in_trio_task")?,
        current_task: of("current_task")?,
        current_token: of("current_trio_token")?,
    };
    let _ = TRIO.set(lowlevel.py(), trio);
    Ok(())
}

fn know_gevent(hub: &Bound<'_, PyAny>) -> PyResult<()> {
    let py = hub.py();
    let current = hub.getattr("getcurrent")?.unbind();
    // Here, where a greenlet may wait. Later the hub's own may want it, in a signal handler, while another thread imports it;
    // and where `threading` is patched, the lock of an import is gevent's, for which the hub cannot wait.
    import(py, Library::Gevent.module())?;
    // A hub is not to be made because we ask.
    let hub_if_exists = py.import("gevent._hub_local")?.getattr("get_hub_if_exists")?.unbind();
    let _ = GEVENT.set(py, Gevent { current, hub_if_exists });
    Ok(())
}

/// asyncio's event loop that runs in this thread.
pub(crate) fn running_loop(py: Python<'_>) -> Option<Bound<'_, PyAny>> {
    let asyncio = ASYNCIO.get(py)?;
    let found = quietly(|| asyncio.running_loop.bind(py).call0()).ok()?;
    (!found.is_none() && !is_in_cell(py)).then_some(found)
}

/// Are there cells?
#[inline]
pub(crate) fn has_cells() -> bool {
    KNOWN.load(Ordering::Relaxed) & KNOWN_IPYTHON != 0
}

/// The cell of a notebook is code of the main thread, and is interrupted as such, although a loop runs around it.
pub(crate) fn is_in_cell(py: Python<'_>) -> bool {
    has_cells()
        && face::is_main()
        && frames::outwards(py).any(|frame| {
            frames::is_call_of(&frame, intern!(py, "run_code"))
                && frames::is_in_module(&frame, |module| module == "IPython.core.interactiveshell")
        })
}

fn is_true(py: Python<'_>, function: &Py<PyAny>) -> bool {
    function.bind(py).call0().and_then(|answer| answer.is_truthy()).unwrap_or(false)
}

/// Which of them runs in this thread?
#[inline]
pub(crate) fn running(py: Python<'_>) -> Option<Library> {
    if known(py) == 0 { None } else { quietly(|| running_slowly(py)) }
}

#[cold]
fn running_slowly(py: Python<'_>) -> Option<Library> {
    if TRIO.get(py).is_some_and(|trio| is_true(py, &trio.in_run)) {
        return Some(Library::Trio);
    }
    if running_loop(py).is_some() {
        return Some(Library::Asyncio);
    }
    let has_hub = |gevent: &Gevent| gevent.hub_if_exists.bind(py).call0().is_ok_and(|hub| !hub.is_none());
    (GEVENT.get(py).is_some_and(has_hub)).then_some(Library::Gevent)
}

/// Has the program imported one of them?
#[inline]
pub(crate) fn may_be_task(py: Python<'_>) -> bool {
    known(py) != 0
}

/// What runs in this thread: the task or the greenlet that owns what is started here, and whose it is.
#[inline]
pub(super) fn current_task(py: Python<'_>) -> Option<Running<'_>> {
    if known(py) == 0 { None } else { quietly(|| current_task_slowly(py)) }
}

/// A library, and its task, if one runs.
type Running<'py> = (Library, Option<Bound<'py, PyAny>>);

#[cold]
fn current_task_slowly(py: Python<'_>) -> Option<Running<'_>> {
    let library = running_slowly(py).or_else(|| GEVENT.get(py).map(|_| Library::Gevent))?;
    let task = match library {
        Library::Trio => TRIO
            .get(py)
            .filter(|trio| is_true(py, &trio.in_task))
            .and_then(|trio| trio.current_task.bind(py).call0().ok()),
        Library::Asyncio => {
            let task = ASYNCIO.get(py)?.current_task.bind(py).call1((running_loop(py)?,)).ok();
            task.filter(|task| !task.is_none())
        }
        Library::Gevent => {
            let greenlet = GEVENT.get(py)?.current.bind(py).call0().ok()?;
            if is_main_greenlet(&greenlet) && !face::is_main() {
                // A thread that does not use gevent is its own owner.
                return None;
            }
            Some(greenlet)
        }
    };
    Some((library, task))
}

/// What runs the tasks of this thread.
pub(super) fn runner(py: Python<'_>, library: Library) -> Option<Bound<'_, PyAny>> {
    quietly(|| match library {
        Library::Asyncio => running_loop(py),
        Library::Trio => TRIO.get(py)?.current_token.bind(py).call0().ok(),
        Library::Gevent => GEVENT.get(py)?.hub_if_exists.bind(py).call0().ok(),
    })
}

fn is_main_greenlet(greenlet: &Bound<'_, PyAny>) -> bool {
    greenlet.getattr(intern!(greenlet.py(), "parent")).is_ok_and(|parent| parent.is_none())
}

/// Does the main thread's own code run here? A loop's tasks are not that; gevent's main greenlet is.
pub(crate) fn is_mains_own(py: Python<'_>) -> bool {
    face::is_main()
        && match current_task(py) {
            None => true,
            Some((Library::Gevent, Some(greenlet))) => is_main_greenlet(&greenlet),
            Some(_) => false,
        }
}
