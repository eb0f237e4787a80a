//! C30: a length of time as Python programs give it: a number of seconds, or a `timedelta`.

use std::time::Duration;

use pyo3::exceptions::{PyException, PyOverflowError, PyTypeError, PyValueError};
use pyo3::prelude::*;
use pyo3::types::{PyBool, PyFloat, PyInt};
use pyo3::{PyTypeInfo, ffi};

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
        return Err(refused::<PyValueError>(value, &format!("{name} must be a number of seconds from 0 on")));
    }
    Ok(Duration::try_from_secs_f64(seconds).unwrap_or(Duration::MAX))
}

fn number(name: &str, value: &Bound<'_, PyAny>) -> PyResult<f64> {
    if let Ok(float) = value.cast_exact::<PyFloat>() {
        return Ok(float.value());
    }
    let wrong = || refused::<PyTypeError>(value, &format!("{name} must be a number of seconds or a timedelta"));
    if value.is_instance_of::<PyBool>() {
        return Err(wrong());
    }
    let number = if is_timedelta(value)? {
        value.call_method0("total_seconds").and_then(|seconds| seconds.extract::<f64>())
    } else if value.get_type().hasattr("__float__")? {
        value.extract::<f64>()
    } else {
        return Err(wrong());
    };
    number.or_else(|error| {
        let py = value.py();
        if is_fatal(py, &error) {
            return Err(error);
        }
        if error.is_instance_of::<PyOverflowError>(py) {
            // What is beyond the floats is beyond the clock as well.
            return Ok(if is_negative(value)? { f64::MIN } else { f64::MAX });
        }
        let ours = if error.is_instance_of::<PyValueError>(py) { not_positive(name, value) } else { wrong() };
        ours.set_cause(py, Some(error));
        Err(ours)
    })
}

fn not_positive(name: &str, value: &Bound<'_, PyAny>) -> PyErr {
    refused::<PyValueError>(value, &format!("{name} must be a positive, finite number of seconds"))
}

/// There is none before `datetime` has been imported, which is not done for this.
fn is_timedelta(value: &Bound<'_, PyAny>) -> PyResult<bool> {
    let modules = value.py().import("sys")?.getattr("modules")?;
    let Ok(datetime) = modules.get_item("datetime") else { return Ok(false) };
    // By the type, not by what the value says that it is.
    value.get_type().is_subclass(&datetime.getattr("timedelta")?)
}

fn is_negative(value: &Bound<'_, PyAny>) -> PyResult<bool> {
    if let Ok(integer) = value.cast::<PyInt>() {
        return is_less(integer, 0);
    }
    value.lt(0).or_else(|error| if is_fatal(value.py(), &error) { Err(error) } else { Ok(false) })
}

/// As integers compare, whatever a subclass makes of it.
pub(crate) fn is_less(integer: &Bound<'_, PyInt>, bound: i64) -> PyResult<bool> {
    integer.py().get_type::<PyInt>().call_method1("__lt__", (integer, bound))?.is_truthy()
}

/// What a value's own code raises is not for us to replace: a Ctrl-C, and the end that was delivered.
pub(crate) fn is_fatal(py: Python<'_>, error: &PyErr) -> bool {
    !error.is_instance_of::<PyException>(py)
}

/// The error that says what was wanted, and shows what was given.
pub(crate) fn refused<T: PyTypeInfo>(value: &Bound<'_, PyAny>, wanted: &str) -> PyErr {
    match value.repr() {
        Ok(repr) => PyErr::new::<T, _>(format!("{wanted}, not {}", repr.to_string_lossy())),
        Err(error) if is_fatal(value.py(), &error) => error,
        Err(_) => PyErr::new::<T, _>(format!("{wanted}, not a value without a repr")),
    }
}
