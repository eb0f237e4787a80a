//! `configure_shutdown_manager` and `restore_handlers`.

use pyo3::exceptions::{PyTypeError, PyValueError};
use pyo3::prelude::*;
use pyo3::types::{PyBool, PyInt};
use shutdown_protection::{Configuration, ExitStatus, face};

use crate::seconds::{is_fatal, is_less, positive, refused};
use crate::{callbacks, signals};

/// Configures how the program is shut down, and installs the handlers. None keeps a value.
///
/// terminate_on_logoff: does a logoff end the program? (Windows; True)
/// terminate_on_hup: does SIGHUP end the program? (True)
/// max_exec_time: seconds, or a timedelta, of blocks that name none. (89.5; Windows: 4.5)
/// max_attempts: the attempt that ends the program at once, blocks or not. (3)
/// before_termination: called without arguments once a shutdown, immediately before its exception is raised, in the main
///     thread; False removes it. What it raises is logged, but for SystemExit, which sets the status.
/// before_hup: called without arguments at each SIGHUP, in the main thread; False removes it.
/// exit_status: what the program ends with, 0 to 255 (Windows: of 32 bits), instead of the signal or of STATUS_CONTROL_C_EXIT.
///     False: these again.
/// force_exit_after: seconds, or a timedelta, after which a program that has not ended is ended natively. False: never.
///     (Never)
///
/// A handler that another library has installed over ours becomes our guest.
///
/// Raises TypeError or ValueError, which name the argument and the value; nothing has changed then.
#[pyfunction]
#[pyo3(signature = (
    terminate_on_logoff=None, terminate_on_hup=None, max_exec_time=None, max_attempts=None, before_termination=None,
    before_hup=None, *, exit_status=None, force_exit_after=None
))]
#[allow(clippy::too_many_arguments, reason = "the function's own")]
pub(crate) fn configure_shutdown_manager(
    py: Python<'_>,
    terminate_on_logoff: Option<Bound<'_, PyAny>>,
    terminate_on_hup: Option<Bound<'_, PyAny>>,
    max_exec_time: Option<Bound<'_, PyAny>>,
    max_attempts: Option<Bound<'_, PyAny>>,
    before_termination: Option<Bound<'_, PyAny>>,
    before_hup: Option<Bound<'_, PyAny>>,
    exit_status: Option<Bound<'_, PyAny>>,
    force_exit_after: Option<Bound<'_, PyAny>>,
) -> PyResult<()> {
    let mut change = shutdown_protection::configure_shutdown_manager();
    if let Some(value) = terminate_on_logoff {
        change = change.terminate_on_logoff(value.is_truthy()?);
    }
    if let Some(value) = terminate_on_hup {
        change = change.terminate_on_hup(value.is_truthy()?);
    }
    if let Some(value) = max_exec_time {
        change = change.max_exec_time(positive("max_exec_time", &value)?);
    }
    if let Some(value) = max_attempts {
        change = change.max_attempts(attempts(&value)?);
    }
    if let Some(value) = exit_status {
        change = change.exit_status(status(&value)?);
    }
    if let Some(value) = force_exit_after {
        let never = value.is_exact_instance_of::<PyBool>() && !value.is_truthy()?;
        let time = if never { std::time::Duration::MAX } else { positive("force_exit_after", &value)? };
        change = change.unwind_time(time);
    }
    if let Some(value) = before_termination {
        change = with_callback(change, "before_termination", &value)?;
    }
    if let Some(value) = before_hup {
        change = with_callback(change, "before_hup", &value)?;
    }
    signals::install(py)?;
    // Before the engine looks: which of the handlers that stand now are guests?
    signals::look(py)?;
    py.detach(|| change.apply()).map_err(|error| PyValueError::new_err(error.to_string()))?;
    signals::refresh(py)
}

fn attempts(value: &Bound<'_, PyAny>) -> PyResult<u32> {
    let wrong = || refused::<PyTypeError>(value, "max_attempts must be an integer");
    if value.is_instance_of::<PyBool>() {
        return Err(wrong());
    }
    let integer = value.py().import("operator")?.call_method1("index", (value,));
    let integer = integer.map_err(|error| if is_fatal(value.py(), &error) { error } else { wrong() })?;
    if is_less(integer.cast::<PyInt>()?, 1)? {
        return Err(refused::<PyValueError>(value, "max_attempts must be at least 1"));
    }
    Ok(integer.extract().unwrap_or(u32::MAX))
}

fn status(value: &Bound<'_, PyAny>) -> PyResult<ExitStatus> {
    if value.is_exact_instance_of::<PyBool>() && !value.is_truthy()? {
        return Ok(ExitStatus::Signal);
    }
    if value.is_instance_of::<PyBool>() || !value.is_instance_of::<PyInt>() {
        return Err(refused::<PyTypeError>(value, "exit_status must be an integer"));
    }
    // Windows has 32 bits, which are written with a sign or without.
    let (statuses, wording) = if cfg!(windows) {
        (i64::from(i32::MIN)..=i64::from(u32::MAX), "of 32 bits")
    } else {
        (0..=255, "from 0 to 255")
    };
    match value.extract::<i64>() {
        Ok(code) if statuses.contains(&code) => Ok(ExitStatus::Code(code as i32)),
        _ => Err(refused::<PyValueError>(value, &format!("exit_status must be {wording}"))),
    }
}

/// A callable; another value that is not true removes the callback, as it did in 0.1.2.
fn with_callback(change: Configuration, name: &'static str, value: &Bound<'_, PyAny>) -> PyResult<Configuration> {
    let termination = name == "before_termination";
    if value.is_callable() {
        let callback = callbacks::wrapped(name, value.clone().unbind(), termination);
        return Ok(if termination { change.before_termination(callback) } else { change.before_hup(callback) });
    }
    if value.is_truthy()? {
        return Err(refused::<PyTypeError>(value, &format!("{name} must be callable, or False to remove it")));
    }
    Ok(if termination { change.without_before_termination() } else { change.without_before_hup() })
}

/// Puts back the handlers that stood before ours, where ours is still the one that is installed.
///
/// Returns the numbers of these signals. In the main thread only, as signal.signal: elsewhere it raises ValueError. The next
/// block, or configure_shutdown_manager(), installs the handlers anew.
#[pyfunction]
pub(crate) fn restore_handlers(py: Python<'_>) -> PyResult<Vec<i32>> {
    if !face::is_main() {
        return Err(PyValueError::new_err("restore_handlers() works in the main thread only, as signal.signal does"));
    }
    let restored = py.detach(shutdown_protection::restore_handlers);
    signals::restore(py)?;
    Ok(restored.into_iter().filter_map(crate::os::signals::number).collect())
}
