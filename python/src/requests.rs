//! Asking for a shutdown, and asking about it.

use std::time::{Duration, Instant};

use pyo3::exceptions::PyRuntimeError;
use pyo3::prelude::*;
use pyo3::types::PyDict;
use shutdown_protection::ShutdownEvent as Event;
use shutdown_protection::face::{self, Occasion};

use crate::{frames, owner, protection, seconds, signals, told, turn};

/// Asks for a shutdown, as a signal does; it is no attempt, and the exit status is 0.
///
/// Inside a block it only makes the shutdown pending. In the main thread, without a block open anywhere, it raises SystemExit.
#[pyfunction]
pub(crate) fn request_shutdown(py: Python<'_>) -> PyResult<()> {
    signals::install(py)?;
    let is_main = face::is_main();
    if is_main {
        told::forget_what_was_handled(py, Occasion::Step);
        face::attending(|| face::event_came(Event::Request));
        return turn::between_bytecodes(py);
    }
    face::event_came(Event::Request);
    Ok(())
}

/// Forgets a shutdown that is pending or was delivered: the program lives on.
///
/// Returns how many owners of blocks had been interrupted already. Raises RuntimeError where it is too late: the last attempt
/// was made, before_termination runs, or the program exits.
#[pyfunction]
pub(crate) fn cancel_shutdown(py: Python<'_>) -> PyResult<usize> {
    let count = shutdown_protection::cancel_shutdown().map_err(|error| PyRuntimeError::new_err(error.to_string()))?;
    owner::forget_told_tasks(py)?;
    Ok(count)
}

/// Is a shutdown pending?
#[pyfunction]
pub(crate) fn is_shutdown_requested(py: Python<'_>) -> bool {
    if !face::is_pending() {
        return false;
    }
    if face::is_main() {
        told::forget_what_was_handled(py, Occasion::Question);
    }
    face::is_pending()
}

/// Sleeps for so many seconds (or a timedelta), in any thread, without the interpreter lock.
///
/// Returns True, early, when a shutdown is requested; False when the time is up. The handlers are installed, if they were not.
#[pyfunction]
pub(crate) fn wait(py: Python<'_>, seconds: &Bound<'_, PyAny>) -> PyResult<bool> {
    let limit = Instant::now().checked_add(seconds::not_negative("seconds", seconds)?);
    signals::install(py)?;
    loop {
        // In the main thread, handlers of the interpreter run here, also those of others; one may raise.
        py.check_signals()?;
        if is_shutdown_requested(py) {
            if face::is_main() {
                // Without a block, it is this thread's turn at once.
                turn::between_bytecodes(py)?;
            }
            return Ok(true);
        }
        let left = limit.map_or(Duration::MAX, |limit| limit.saturating_duration_since(Instant::now()));
        if left.is_zero() {
            return Ok(false);
        }
        py.detach(|| face::wait_a_stretch(left));
    }
}

/// An open block, as open_blocks() found it.
#[pyclass(frozen, get_all, module = "graceful_shutdown", name = "OpenBlock")]
pub(crate) struct OpenBlock {
    /// The name that it was given, or None.
    name: Option<String>,
    /// Where it was entered: the file, or None.
    filename: Option<String>,
    /// The line of the function that entered it at which its thread is now; or at which the function begins.
    lineno: Option<i32>,
    /// The function that entered it, or None.
    function: Option<String>,
    /// How long ago it was entered, in seconds.
    age: f64,
    /// The seconds that it has left; 0 if it has lapsed, None for a drain_time that does not run yet.
    remaining: Option<f64>,
    /// The identifier of the thread that entered it.
    thread: u64,
}

#[pymethods]
impl OpenBlock {
    fn __str__(&self) -> String {
        let name = self.name.as_deref().unwrap_or("unnamed");
        let mut text = name.to_owned();
        if let (Some(file), Some(line), Some(function)) = (&self.filename, self.lineno, &self.function) {
            text += &format!(" ({file}:{line}, {function})");
        }
        text += &format!(", open for {:.3} s", self.age);
        if let Some(left) = self.remaining {
            text += &format!(", {left:.3} s left");
        }
        text
    }

    fn __repr__(&self) -> String {
        format!("<OpenBlock {}>", self.__str__())
    }
}

/// The open blocks of all threads and tasks: name, place in the source, age, time left.
#[pyfunction]
pub(crate) fn open_blocks(py: Python<'_>) -> PyResult<Vec<Py<OpenBlock>>> {
    let frames = frames_now(py)?;
    // First all that the objects have: code of Python's, which runs below, may end any of them.
    let open = protection::looking(|| {
        let describe = |open: face::OpenFaceBlock| {
            // SAFETY: an open block's tag, while looking.
            let (name, code) = unsafe { protection::described(py, open.tag) };
            (open, name, code)
        };
        face::open().into_iter().map(describe).collect::<Vec<_>>()
    });
    let mut found = Vec::new();
    for (open, name, code) in open {
        let mut block = OpenBlock {
            name: name.map(|name| name.bind(py).to_string_lossy().into_owned()),
            filename: None,
            lineno: None,
            function: None,
            age: open.age.as_secs_f64(),
            remaining: open.remaining.map(|left| left.as_secs_f64()),
            thread: open.thread,
        };
        let code = code.map(|code| code.into_bound(py));
        if let Some(code) = code {
            block.filename = code.getattr("co_filename")?.extract().ok();
            block.function = code.getattr("co_name")?.extract().ok();
            let line = line_now(&frames, open.thread, &code);
            block.lineno = line.or_else(|| code.getattr("co_firstlineno").ok()?.extract().ok());
        }
        found.push(Py::new(py, block)?);
    }
    Ok(found)
}

/// The frames of the threads, by their identifiers. Without an interpreter lock other threads run on in theirs, which cannot be
/// looked at then (https://docs.python.org/3/howto/free-threading-python.html#frame-objects): only the caller's.
fn frames_now(py: Python<'_>) -> PyResult<Bound<'_, PyDict>> {
    if !cfg!(Py_GIL_DISABLED) {
        return frames::of_all_threads(py).map_or_else(|| Ok(PyDict::new(py)), |all| Ok(all.cast_into()?));
    }
    let frames = PyDict::new(py);
    // SAFETY: borrowed from the running thread, or null.
    let frame = unsafe { Bound::from_borrowed_ptr_or_opt(py, pyo3::ffi::PyEval_GetFrame().cast()) };
    if let Some(frame) = frame {
        frames.set_item(face::this_thread(), frame)?;
    }
    Ok(frames)
}

/// The line at which this thread is in the innermost call of this code.
fn line_now(frames: &Bound<'_, PyDict>, thread: u64, code: &Bound<'_, PyAny>) -> Option<i32> {
    let mut frame = frames.get_item(thread).ok()??;
    loop {
        if frame.getattr("f_code").ok()?.is(code) {
            return frame.getattr("f_lineno").ok()?.extract().ok();
        }
        frame = frame.getattr("f_back").ok().filter(|back| !back.is_none())?;
    }
}
