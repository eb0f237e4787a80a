//! An awaitable that is done: what `async with` awaits, since a block starts and ends without waiting.

use pyo3::exceptions::PyStopIteration;
use pyo3::prelude::*;

#[pyclass(frozen, module = "graceful_shutdown._native", name = "_Done")]
struct Done {
    value: Py<PyAny>,
}

#[pymethods]
impl Done {
    fn __await__(this: Py<Self>) -> Py<Self> {
        this
    }

    fn __iter__(this: Py<Self>) -> Py<Self> {
        this
    }

    fn __next__(&self, py: Python<'_>) -> PyResult<Py<PyAny>> {
        Err(PyStopIteration::new_err((self.value.clone_ref(py),)))
    }
}

pub(crate) fn done(value: Bound<'_, PyAny>) -> PyResult<Bound<'_, PyAny>> {
    let py = value.py();
    Ok(Bound::new(py, Done { value: value.unbind() })?.into_any())
}
