//! trio's cancel scope around a block of a task: its deadline cancels it, and it shields the block from the end of others.

use pyo3::prelude::*;
use shutdown_protection::face;

use super::libraries::{Library, running};
use crate::imports::import;

/// Enters the scope of a block that this task begins.
pub(crate) fn entered_scope(py: Python<'_>) -> PyResult<Option<Py<PyAny>>> {
    if running(py) != Some(Library::Trio) {
        return Ok(None);
    }
    let entered = import(py, Library::Trio.module())?.call_method1("enter", (face::is_pending(),))?;
    Ok(Some(entered.unbind()))
}

/// Leaves it. `true`: the error was its own cancellation, which ends here.
pub(crate) fn left_scope(scope: &Bound<'_, PyAny>, error: Option<&Bound<'_, PyAny>>) -> PyResult<bool> {
    let module = import(scope.py(), Library::Trio.module())?;
    module.call_method1("leave", (scope, error))?.is_truthy()
}
