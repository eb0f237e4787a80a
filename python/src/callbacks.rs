//! The program's callbacks, and its logger.

use pyo3::exceptions::PySystemExit;
use pyo3::intern;
use pyo3::prelude::*;
use pyo3::types::PyDict;

use shutdown_protection::face;

use crate::imports::import;
use crate::{present, requests, told};

/// A callback as the engine keeps it. What it raises is logged and changes nothing else; but for a `SystemExit` of
/// `before_termination`, whose code becomes the status (C16).
pub(crate) fn wrapped(name: &'static str, callback: Py<PyAny>, may_exit: bool) -> impl Fn() + Send + Sync + 'static {
    move || {
        Python::try_attach(|py| {
            let Err(error) = callback.call0(py) else { return };
            if told::is_ours(error.value(py)) {
                // The last attempt (C5), raised in the callback: it is to end the program, not only the callback.
                face::give_back();
                return;
            }
            if may_exit && error.is_instance_of::<PySystemExit>(py) {
                let code = error.value(py).getattr("code").map_or_else(|_| py.None(), Bound::unbind);
                told::choose_status(code);
                return;
            }
            log_error(py, name, &error);
        });
    }
}

/// `None`: the program has no handler for what it would say, and `logging` would print it
/// (<https://docs.python.org/3/howto/logging.html#configuring-logging-for-a-library>).
fn logger(py: Python<'_>) -> PyResult<Option<Bound<'_, PyAny>>> {
    let logger = import(py, "logging")?.call_method1("getLogger", ("graceful_shutdown",))?;
    // No `NullHandler` of ours: a thread that made one while the program exits would meet `logging.shutdown` half done.
    Ok(if logger.call_method0("hasHandlers")?.is_truthy()? { Some(logger) } else { None })
}

fn log_error(py: Python<'_>, name: &str, error: &PyErr) {
    let log = || -> PyResult<()> {
        let Some(logger) = logger(py)? else { return Ok(()) };
        let keywords = PyDict::new(py);
        keywords.set_item("exc_info", error.value(py))?;
        logger.call_method("error", ("%s raised; the shutdown goes on", name), Some(&keywords))?;
        Ok(())
    };
    // A logger that fails must not stop the end.
    let _ = log();
}

/// What the engine says goes to the same logger, by a helper thread of its.
pub(crate) fn forward_log() {
    if log::set_logger(&Forward).is_ok() {
        log::set_max_level(log::LevelFilter::Warn);
    }
}

struct Forward;

impl log::Log for Forward {
    fn enabled(&self, metadata: &log::Metadata<'_>) -> bool {
        metadata.level() <= log::Level::Warn
    }

    fn log(&self, record: &log::Record<'_>) {
        let level = if record.level() == log::Level::Error { 40 } else { 30 };
        let text = record.args().to_string();
        crate::lifetime::attached(|py| {
            if let Ok(Some(logger)) = logger(py) {
                let _ = logger.call_method1("log", (level, "%s", text));
            }
        });
    }

    fn flush(&self) {}
}

/// At the first event: one record of what holds the end, if the program logs at all.
pub(crate) fn log_held(py: Python<'_>) {
    let log = || -> PyResult<()> {
        if present::module(intern!(py, "logging")).is_none() {
            return Ok(());
        }
        let Some(logger) = logger(py)? else { return Ok(()) };
        if !logger.call_method1("isEnabledFor", (20,))?.is_truthy()? {
            return Ok(());
        }
        let open = requests::open_blocks(py)?;
        if !open.is_empty() {
            let text: Vec<String> = open
                .iter()
                .take(10)
                .map(|block| block.bind(py).str().map(|text| text.to_string()))
                .collect::<PyResult<_>>()?;
            logger.call_method1("info", ("the end waits for %d open block(s): %s", open.len(), text.join("; ")))?;
        }
        Ok(())
    };
    let _ = log();
}
