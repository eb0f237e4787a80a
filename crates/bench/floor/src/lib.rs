//! The floor of the Python table: what a `with` statement and a call cost where nothing is done behind them.
//!
//! - [`Plain`]: a class as PyO3 makes it, in the stable interface that the package is built for
//! - [`made_by_hand`]: a type of the C interface, with slots as the package has them

use pyo3::prelude::*;
use pyo3::types::PyTuple;

mod made_by_hand;

/// PyO3's.
#[pyclass(module = "bench_floor")]
struct Plain {
    seconds: f64,
}

#[pymethods]
impl Plain {
    #[new]
    fn new(seconds: f64) -> Self {
        Self { seconds }
    }

    fn __enter__(this: Py<Self>) -> Py<Self> {
        this
    }

    #[pyo3(signature = (*_error))]
    fn __exit__(&self, _error: &Bound<'_, PyTuple>) {}

    fn allow_break(&self) {}

    #[getter]
    fn seconds(&self) -> f64 {
        self.seconds
    }
}

#[pymodule(gil_used = true)]
fn bench_floor(module: &Bound<'_, PyModule>) -> PyResult<()> {
    module.add_class::<Plain>()?;
    made_by_hand::add(module)
}
