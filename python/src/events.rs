//! What asked for the end, as Python programs see it: on the exception, as its `event`.

use pyo3::create_exception;
use pyo3::exceptions::PySystemExit;
use pyo3::prelude::*;
use shutdown_protection::ShutdownEvent as Event;

create_exception!(
    graceful_shutdown,
    ShutdownInterrupt,
    PySystemExit,
    "Raised in a thread, other than the main one, that is to stop.\n\nA subclass of SystemExit: it ends the thread quietly. \
     `event` says which event asked for the shutdown; it is None where the interpreter raised it at a deadline."
);

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

/// The events that come as signals.
pub(crate) const SIGNALS: [Event; 4] = [Event::SigInt, Event::SigTerm, Event::SigQuit, Event::SigHup];

pub(crate) fn number(event: Event) -> Option<i32> {
    match event {
        Event::SigInt => Some(libc::SIGINT),
        Event::SigTerm => Some(libc::SIGTERM),
        Event::SigQuit => Some(libc::SIGQUIT),
        Event::SigHup => Some(libc::SIGHUP),
        _ => None,
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
