//! What an object of the type shows of itself.

use std::ffi::c_void;
use std::ptr;

use pyo3::ffi::PyObject;
use pyo3::prelude::*;
use pyo3::types::PyString;

use super::{guarded, inner};

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
