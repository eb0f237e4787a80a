//! Waking an event loop that the main thread runs and that no signal wakes: on Windows `select` is not interrupted, and
//! only the Proactor loop has the interpreter's wakeup descriptor. Something to do wakes every loop, and with it the
//! interpreter's handlers.

use std::sync::atomic::{AtomicBool, Ordering};

use pyo3::intern;
use pyo3::prelude::*;

use crate::imports::import;
use crate::{lifetime, present};

/// A helper is on its way.
static ON_ITS_WAY: AtomicBool = AtomicBool::new(false);

/// By a helper thread, since it takes the interpreter lock. One at a time: wake-ups are repeated.
pub(super) fn wake() {
    if !ON_ITS_WAY.swap(true, Ordering::SeqCst) {
        let arrived = Arrived;
        lifetime::with_python("shutdown-wake", move |py| {
            let _arrived = arrived;
            // Without asyncio there is no loop; a loop that is closed meanwhile has been left.
            let _ = give_it_something_to_do(py);
        });
    }
}

/// Also one that could not be had, or has found no interpreter.
struct Arrived;

impl Drop for Arrived {
    fn drop(&mut self) {
        ON_ITS_WAY.store(false, Ordering::SeqCst);
    }
}

fn give_it_something_to_do(py: Python<'_>) -> PyResult<()> {
    if present::module(intern!(py, "asyncio.base_events")).is_some() {
        import(py, "graceful_shutdown._asyncio")?.call_method0("wake_main")?;
    }
    Ok(())
}
