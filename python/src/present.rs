//! What the interpreter has already: modules that the program has imported, and names of `sys`.
//!
//! Found without running Python code, and without an import, which costs as much as all else that an interrupted owner does.

use pyo3::ffi;
use pyo3::intern;
use pyo3::prelude::*;
use pyo3::types::{PyDict, PyModule, PyString};

/// A module, if the program has imported it.
pub(crate) fn module<'py>(name: &Bound<'py, PyString>) -> Option<Bound<'py, PyAny>> {
    // SAFETY: borrowed, and alive as long as the interpreter.
    let modules = unsafe { Borrowed::from_ptr(name.py(), ffi::PyImport_GetModuleDict()) };
    modules.cast::<PyDict>().ok()?.get_item(name).ok()?
}

/// What `sys` has by this name.
pub(crate) fn of_sys<'py>(name: &Bound<'py, PyString>) -> Option<Bound<'py, PyAny>> {
    let sys = module(intern!(name.py(), "sys"))?.cast_into::<PyModule>().ok()?;
    sys.dict().get_item(name).ok()?
}
