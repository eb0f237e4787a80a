//! An asynchronous exception may come within a finalizer or the callback of a weak reference, where the interpreter only prints it:
//! then the thread would never be told (C11), and such a program might never end. It is set anew.
//!
//! Which code runs next, nobody can say who sets it. But what is lost, the interpreter gives to `sys.unraisablehook`.

use pyo3::ffi;
use pyo3::intern;
use pyo3::prelude::*;
use pyo3::types::PyType;
use shutdown_protection::face;

use super::threads;
use crate::events::ShutdownInterrupt;
use crate::present;

/// Before an exception is set: puts our hook in the place of the default one. A program's own is left alone.
pub(super) fn watch(py: Python<'_>) -> PyResult<()> {
    let (present, default) =
        (present::of_sys(intern!(py, "unraisablehook")), present::of_sys(intern!(py, "__unraisablehook__")));
    if present.zip(default).is_some_and(|(present, default)| present.is(&default)) {
        let hook = wrap_pyfunction!(unraisable, &PyModule::new(py, "graceful_shutdown._native")?)?;
        // SAFETY: with the interpreter lock; the name ends with a zero.
        unsafe { ffi::PySys_SetObject(c"unraisablehook".as_ptr(), hook.as_ptr()) };
    }
    Ok(())
}

/// The hook. No code of Python's: what is set anew would come within it.
#[pyfunction]
#[pyo3(name = "_unraisable")]
fn unraisable(py: Python<'_>, unraisable: &Bound<'_, PyAny>) -> PyResult<()> {
    let kind = unraisable.getattr(intern!(py, "exc_type"))?;
    let is_ours = kind.cast::<PyType>().is_ok_and(|kind| kind.is_subclass_of::<ShutdownInterrupt>().unwrap_or(false));
    if is_ours && !face::is_main() {
        threads::interrupt_again(py);
        return Ok(());
    }
    match present::of_sys(intern!(py, "__unraisablehook__")) {
        Some(default) => default.call1((unraisable,)).map(drop),
        None => Ok(()),
    }
}
