//! C30: a length of time as Python programs give it: a number of seconds, or a `timedelta`.

use std::time::Duration;

use pyo3::exceptions::{PyOverflowError, PyTypeError, PyValueError};
use pyo3::ffi;
use pyo3::prelude::*;
use pyo3::types::{PyBool, PyFloat, PyInt};

/// A positive time; beyond what a `Duration` holds it is saturated.
pub(crate) fn positive(name: &str, value: &Bound<'_, PyAny>) -> PyResult<Duration> {
    let seconds = number(name, value)?;
    if !(seconds > 0.0 && seconds.is_finite()) {
        return Err(not_positive(name, value));
    }
    let time = Duration::try_from_secs_f64(seconds).unwrap_or(Duration::MAX);
    // Less than a nanosecond is not nothing.
    Ok(time.max(Duration::from_nanos(1)))
}

/// A plain positive number of seconds, exactly a `float` or an `int`; `None`: [`positive`] has to look at it.
///
/// # Safety
///
/// A valid object, with the interpreter lock.
#[inline]
pub(crate) unsafe fn plain(value: *mut ffi::PyObject) -> Option<Duration> {
    // SAFETY: the caller's; neither function fails for an object that is exactly of its type, but for an integer that does
    // not fit, whose error is cleared.
    let seconds = unsafe {
        if ffi::PyFloat_CheckExact(value) != 0 {
            ffi::PyFloat_AsDouble(value)
        } else if ffi::PyLong_CheckExact(value) != 0 {
            let integer = ffi::PyLong_AsLong(value);
            if integer == -1 {
                ffi::PyErr_Clear();
            }
            return u64::try_from(integer).ok().filter(|integer| *integer > 0).map(Duration::from_secs);
        } else {
            return None;
        }
    };
    // What is not so long that it would not fit, nor so short that it would be nothing.
    (1e-9..1e9).contains(&seconds).then(|| Duration::from_nanos((seconds * 1e9) as u64))
}

/// A time that may be zero: how long to wait.
pub(crate) fn not_negative(name: &str, value: &Bound<'_, PyAny>) -> PyResult<Duration> {
    let seconds = number(name, value)?;
    if seconds.is_nan() || seconds < 0.0 {
        return Err(PyValueError::new_err(format!(
            "{name} must be a number of seconds from 0 on, not {}",
            shown(value)
        )));
    }
    Ok(Duration::try_from_secs_f64(seconds).unwrap_or(Duration::MAX))
}

fn number(name: &str, value: &Bound<'_, PyAny>) -> PyResult<f64> {
    if let Ok(float) = value.cast_exact::<PyFloat>() {
        return Ok(float.value());
    }
    let wrong =
        || PyTypeError::new_err(format!("{name} must be a number of seconds or a timedelta, not {}", shown(value)));
    if value.is_instance_of::<PyBool>() {
        return Err(wrong());
    }
    if value.is_instance_of::<PyInt>() {
        // An integer beyond the floats is beyond the clock as well.
        return value.extract::<f64>().or_else(|error| {
            let overflow = error.is_instance_of::<PyOverflowError>(value.py());
            if overflow { Ok(if value.lt(0)? { f64::MIN } else { f64::MAX }) } else { Err(error) }
        });
    }
    let is_timedelta = value.get_type().name().is_ok() && value.hasattr("total_seconds")?;
    if is_timedelta && is_timedelta_type(value)? {
        return value.call_method0("total_seconds")?.extract();
    }
    if !value.get_type().hasattr("__float__")? {
        return Err(wrong());
    }
    value.extract::<f64>().or_else(|error| {
        let py = value.py();
        if error.is_instance_of::<PyOverflowError>(py) {
            return Ok(if value.lt(0).unwrap_or(false) { f64::MIN } else { f64::MAX });
        }
        let ours = if error.is_instance_of::<PyValueError>(py) { not_positive(name, value) } else { wrong() };
        ours.set_cause(py, Some(error));
        Err(ours)
    })
}

fn not_positive(name: &str, value: &Bound<'_, PyAny>) -> PyErr {
    PyValueError::new_err(format!("{name} must be a positive, finite number of seconds, not {}", shown(value)))
}

/// Asked only of what has a `total_seconds`, so that `datetime` is not imported for nothing.
fn is_timedelta_type(value: &Bound<'_, PyAny>) -> PyResult<bool> {
    value.is_instance(&value.py().import("datetime")?.getattr("timedelta")?)
}

/// The value as messages show it.
pub(crate) fn shown(value: &Bound<'_, PyAny>) -> String {
    value.repr().map_or_else(|_| "a value without a repr".to_owned(), |repr| repr.to_string_lossy().into_owned())
}
