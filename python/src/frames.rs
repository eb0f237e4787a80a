//! The Python frames of the running thread: what is being done where the main thread happens to be.

use pyo3::ffi;
use pyo3::intern;
use pyo3::prelude::*;
use pyo3::types::PyTuple;

/// The innermost frame; `None` where no Python code runs.
pub(crate) fn innermost(py: Python<'_>) -> Option<Bound<'_, PyAny>> {
    // SAFETY: borrowed from the running thread, or null.
    unsafe { Bound::from_borrowed_ptr_or_opt(py, ffi::PyEval_GetFrame().cast()) }
}

/// From the innermost frame outwards.
pub(crate) fn outwards(py: Python<'_>) -> impl Iterator<Item = Bound<'_, PyAny>> {
    std::iter::successors(innermost(py), move |frame| {
        frame.getattr(intern!(py, "f_back")).ok().filter(|back| !back.is_none())
    })
}

/// Is it a call of a function of this name?
pub(crate) fn is_call_of(frame: &Bound<'_, PyAny>, name: &str) -> bool {
    let py = frame.py();
    let found = frame.getattr(intern!(py, "f_code")).and_then(|code| code.getattr(intern!(py, "co_name")));
    found.is_ok_and(|found| found.eq(name).unwrap_or(false))
}

/// Is its code in a module that this is true of?
pub(crate) fn is_in_module(frame: &Bound<'_, PyAny>, is_it: impl FnOnce(&str) -> bool) -> bool {
    let py = frame.py();
    let module = frame.getattr(intern!(py, "f_globals")).and_then(|names| names.get_item(intern!(py, "__name__")));
    module.is_ok_and(|module| module.extract::<&str>().is_ok_and(is_it))
}

/// Does it look like the callback of a weak reference, which has been called with what is dead? What that raises is only printed.
pub(crate) fn is_weak_callback(frame: &Bound<'_, PyAny>) -> bool {
    let has_dead_argument = || -> PyResult<bool> {
        let py = frame.py();
        let code = frame.getattr(intern!(py, "f_code"))?;
        let names = code.getattr(intern!(py, "co_varnames"))?.cast_into::<PyTuple>()?;
        let locals = frame.getattr(intern!(py, "f_locals"))?;
        let reference = py.import(intern!(py, "_weakref"))?.getattr(intern!(py, "ref"))?;
        for name in names.iter().take(code.getattr(intern!(py, "co_argcount"))?.extract()?) {
            let Ok(value) = locals.get_item(name) else { continue };
            if value.is_instance(&reference)? && value.call0()?.is_none() {
                return Ok(true);
            }
        }
        Ok(false)
    };
    has_dead_argument().unwrap_or(false)
}
