//! What an object of the type shows of itself, and what of that can be set.

use std::ffi::{c_int, c_void};
use std::ptr;

use pyo3::exceptions::PyAttributeError;
use pyo3::ffi::PyObject;
use pyo3::prelude::*;
use pyo3::types::PyString;

use super::{guarded, guarded_and_known, inner};
use crate::seconds;

pub(super) unsafe extern "C" fn repr(object: *mut PyObject) -> *mut PyObject {
    guarded(ptr::null_mut(), |py| {
        // SAFETY: an instance of ours.
        let asked = unsafe { inner(object) }.asked.with(py, |asked| asked.copied(py));
        let mut text = String::from("ShutdownProtection(");
        if let Some(time) = asked.time {
            text += &format!("{}={}", if asked.drain { "drain_time" } else { "max_exec_time" }, time.as_secs_f64());
        }
        if let Some(name) = &asked.name {
            text += &format!(
                "{}name={}",
                if text.ends_with('(') { "" } else { ", " },
                name.bind(py).repr()?.to_string_lossy()
            );
        }
        if asked.run_at_exit {
            text += if text.ends_with('(') { "run_at_exit=True" } else { ", run_at_exit=True" };
        }
        text.push(')');
        Ok(PyString::new(py, &text).into_any().into_ptr())
    })
}

pub(super) unsafe extern "C" fn get(object: *mut PyObject, which: *mut c_void) -> *mut PyObject {
    guarded(ptr::null_mut(), |py| {
        // SAFETY: an instance of ours.
        let asked = unsafe { inner(object) }.asked.with(py, |asked| asked.copied(py));
        let seconds = asked.time.map(|time| time.as_secs_f64());
        let value = match which as usize {
            0 => seconds.filter(|_| !asked.drain).into_pyobject(py)?.into_any(),
            1 => asked.run_at_exit.into_pyobject(py)?.to_owned().into_any(),
            2 => asked.name.into_pyobject(py)?.into_any(),
            _ => seconds.filter(|_| asked.drain).into_pyobject(py)?.into_any(),
        };
        Ok(value.into_ptr())
    })
}

/// `max_exec_time` and `run_at_exit`: for the blocks that start from now on; open ones get the time when they are renewed next.
pub(super) unsafe extern "C" fn set(object: *mut PyObject, value: *mut PyObject, which: *mut c_void) -> c_int {
    guarded_and_known(-1, |py| {
        // SAFETY: an instance of ours; a value, or null to delete the attribute.
        let (this, value) = unsafe { (inner(object), Bound::from_borrowed_ptr_or_opt(py, value)) };
        let Some(value) = value else {
            return Err(PyAttributeError::new_err("attributes of a ShutdownProtection cannot be deleted"));
        };
        if which as usize == 1 {
            let run_at_exit = value.is_truthy()?;
            this.asked.with(py, |asked| asked.set_run_at_exit(run_at_exit));
            return Ok(0);
        }
        let time = Some(value).filter(|value| !value.is_none());
        let time = time.map(|time| seconds::positive("max_exec_time", &time)).transpose()?;
        this.asked.with(py, |asked| asked.set_time(time))?;
        this.entries.retime(py);
        Ok(0)
    })
}
