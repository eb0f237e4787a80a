//! There is no `fork`.

use pyo3::prelude::*;

/// Nothing is to be registered.
pub(crate) fn watch(_: Python<'_>, _: &Bound<'_, PyModule>) -> PyResult<()> {
    Ok(())
}

/// Never.
pub(crate) fn was_by_a_thread() -> bool {
    false
}
