//! What asked for the end, as Python programs see it: on the exception, as its `event`.

use pyo3::create_exception;
use pyo3::exceptions::PySystemExit;
use pyo3::prelude::*;
use pyo3::sync::PyOnceLock;
use pyo3::types::{PyDict, PyType};
use shutdown_protection::ShutdownEvent as Event;

use crate::os::signals::{SIGNALS, number};
use crate::owner;

create_exception!(
    graceful_shutdown,
    ShutdownInterrupt,
    PySystemExit,
    "Raised in a thread, other than the main one, that is to stop.\n\nA subclass of SystemExit: it ends the thread quietly. \
     `event` says which event asked for the shutdown; it is None where the interpreter raised it at a deadline."
);

/// In a program that has asyncio: a `CancelledError`, too.
static CANCELLING: PyOnceLock<Py<PyType>> = PyOnceLock::new();

/// What a thread raises, a task may await: in `asyncio.to_thread`, say. A task that meets a `SystemExit` raises it out of its loop at
/// once, over the open blocks of all other tasks; by a `CancelledError`, which it looks for first, only itself ends.
///
/// Made of types alone, without running Python code.
pub(crate) fn know_asyncio(cancelled_error: &Bound<'_, PyAny>) -> PyResult<()> {
    let py = cancelled_error.py();
    let bases = (py.get_type::<ShutdownInterrupt>(), cancelled_error);
    let attributes = PyDict::new(py);
    // Where it can be found by its name, when it is pickled.
    attributes.set_item("__module__", "graceful_shutdown._asyncio")?;
    let made = py.get_type::<PyType>().call1(("ShutdownInterrupt", bases, attributes))?;
    let _ = CANCELLING.set(py, made.cast_into::<PyType>()?.unbind());
    Ok(())
}

/// What a thread is told by. Where it runs a loop itself, this leaves the loop; a task in there would take the other for its own.
pub(crate) fn interrupt(py: Python<'_>, runs_loop: bool) -> Bound<'_, PyType> {
    if runs_loop { py.get_type::<ShutdownInterrupt>() } else { interrupt_of_awaited(py) }
}

#[pyfunction]
#[pyo3(name = "_interrupt_of_awaited")]
pub(crate) fn interrupt_of_awaited(py: Python<'_>) -> Bound<'_, PyType> {
    // Looks for asyncio, if modules have been imported since.
    let _ = owner::may_be_task(py);
    CANCELLING.get(py).map_or_else(|| py.get_type::<ShutdownInterrupt>(), |kind| kind.bind(py).clone())
}

/// Which event asked the program to end.
///
/// It is the attribute `event` of the exceptions that this package raises.
#[pyclass(frozen, module = "graceful_shutdown", name = "ShutdownEvent")]
pub(crate) struct ShutdownEvent {
    event: Event,
}

#[pymethods]
impl ShutdownEvent {
    /// "SIGTERM", "SIGINT", "SIGQUIT", "SIGHUP" or "request_shutdown()". On Windows: "CTRL_C", "CTRL_BREAK", "CTRL_CLOSE",
    /// "CTRL_LOGOFF", "CTRL_SHUTDOWN", "SIGINT", "SIGTERM", "SIGBREAK" or "request_shutdown()".
    #[getter]
    fn name(&self) -> String {
        self.event.to_string()
    }

    /// The number of the signal, or None: console events have none.
    #[getter]
    fn signum(&self) -> Option<i32> {
        number(self.event)
    }

    fn __str__(&self) -> String {
        self.event.to_string()
    }

    fn __repr__(&self) -> String {
        format!("<ShutdownEvent {}>", self.event)
    }

    fn __eq__(&self, other: &Self) -> bool {
        self.event == other.event
    }

    fn __hash__(&self) -> u64 {
        number(self.event).unwrap_or(0).unsigned_abs().into()
    }
}

pub(crate) fn of_number(signum: i32) -> Option<Event> {
    SIGNALS.into_iter().find(|event| number(*event) == Some(signum))
}

pub(crate) fn object(py: Python<'_>, event: Event) -> PyResult<Py<ShutdownEvent>> {
    Py::new(py, ShutdownEvent { event })
}

pub(crate) fn add(module: &Bound<'_, PyModule>) -> PyResult<()> {
    let py = module.py();
    module.add_class::<ShutdownEvent>()?;
    let interrupt = py.get_type::<ShutdownInterrupt>();
    interrupt.setattr("event", py.None())?;
    module.add("ShutdownInterrupt", interrupt)
}
