//! The end where an event loop runs, or has run or will run in a moment.

use std::sync::{Mutex, PoisonError};
use std::time::{Duration, Instant};

use pyo3::prelude::*;
use shutdown_protection::face::{self, Told};

use crate::imports::import;
use crate::owner::{self, Library};
use crate::told;

/// In an event loop nothing is raised where it happens to be: the loop's main task is cancelled, and the exception is raised
/// when that has ended; gevent's main greenlet gets it from the hub. `None`: raise it here.
pub(super) fn hand_over(py: Python<'_>, told: Told, frame: Option<&Bound<'_, PyAny>>) -> PyResult<Option<()>> {
    let library = match owner::running(py) {
        Some(Library::Asyncio) if !told.forced => Library::Asyncio,
        // Its own code would take any exception for an error of its own.
        Some(Library::Trio) if !told.forced || is_trios_own(py)? => Library::Trio,
        Some(Library::Gevent) if !told.forced && !owner::is_mains_own(py) => Library::Gevent,
        _ => return Ok(None),
    };
    if face::taken(told) {
        let arguments = (owner::running_loop(py), frame, told.forced);
        // In front of what runs Python code: until it is raised, nobody is to take it for handled.
        told::schedule(true);
        let scheduled = import(py, library.module())?.call_method1("deliver", arguments)?.is_truthy()?;
        told::schedule(scheduled);
    }
    Ok(Some(()))
}

/// Is what runs here trio itself, which is not to meet a `KeyboardInterrupt` either?
fn is_trios_own(py: Python<'_>) -> PyResult<bool> {
    py.import("trio.lowlevel")?.call_method0("currently_ki_protected")?.is_truthy()
}

/// For the loop's callback: raises the exception, unless the shutdown was cancelled. To give it back to be raised there would take
/// bytecodes, before which an event finds that nobody is handling it, and begins another shutdown (C26).
#[pyfunction]
#[pyo3(name = "_end_of_loop")]
pub(crate) fn end_of_loop(py: Python<'_>) -> PyResult<()> {
    face::told().map_or(Ok(()), |told| Err(told::exception(py, told)))
}

/// The loop's main task had ended already: the exception waits until the loop has, for a moment.
static AFTER_LOOP: Mutex<Option<Instant>> = Mutex::new(None);

/// A loop that is closed in orderly fashion takes less; one that is run anew is told as any other.
const MOMENT: Duration = Duration::from_secs(1);

/// Was the main thread told, and has not handled it yet?
#[pyfunction]
#[pyo3(name = "_is_told")]
pub(crate) fn is_told() -> bool {
    face::told().is_some()
}

/// In the main thread: is a shutdown pending, so that it will be told, or has been and is to meet it? Not while a block of its own
/// is around the loop: then it is to go on behind that.
#[pyfunction]
#[pyo3(name = "_main_is_to_be_told")]
pub(crate) fn main_is_to_be_told() -> bool {
    face::is_main() && face::is_pending() && !face::main_has_time()
}

/// Behind a loop that has ended: what its caller is to get, or None if the shutdown was cancelled. In the main thread the blocks
/// of others are waited for.
#[pyfunction]
#[pyo3(name = "_end_here")]
pub(crate) fn end_here(py: Python<'_>) -> Option<Py<PyAny>> {
    let error = if face::is_main() {
        super::at_a_break(py)
    } else {
        face::outside().err().map(|interrupted| told::thread_exception(py, interrupted))
    };
    error.map(|error| error.into_value(py).into_any())
}

/// For the loop's callback: raise it behind the loop. `own_error`: what the main task has ended with, which comes first (C10).
#[pyfunction]
#[pyo3(name = "_end_after_loop")]
#[pyo3(signature = (own_error=None))]
pub(crate) fn end_after_loop(own_error: Option<Bound<'_, PyAny>>) {
    if let Some(own_error) = own_error {
        told::note_own_error(&own_error);
    }
    *AFTER_LOOP.lock().unwrap_or_else(PoisonError::into_inner) = Some(Instant::now());
    face::give_back();
}

pub(super) fn comes_after_loop() -> bool {
    AFTER_LOOP.lock().unwrap_or_else(PoisonError::into_inner).is_some_and(|since| since.elapsed() < MOMENT)
}
