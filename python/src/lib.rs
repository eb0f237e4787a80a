//! The Python face of `shutdown-protection`: it raises what the engine decides, checks arguments, and holds no rule.
//!
//! - `protection`, `entry`, `owner`: a block, from `with` to the engine, and whose it is
//! - `interpreter`, `signals`, `default_handler`, `turn`: what the engine asks of the interpreter, and what the main thread does then
//! - `told`, `events`: the exceptions, and whether one is being handled
//! - `frames`, `quiet`: what the main thread is doing where it is interrupted, and that it is not, in questions of ours
//! - `settings`, `requests`, `seconds`, `callbacks`: the functions of the module, and their arguments
//! - `present`: what the interpreter has already, asked for without running Python code
//! - `lifetime`: the way out
//! - `imports`: modules that are imported when they are needed
//! - `lock`: what keeps the threads of a free-threaded interpreter apart
//! - `os`: what differs from system to system: waking the main thread, fork, signal numbers

use pyo3::exceptions::PyImportError;
use pyo3::prelude::*;

mod callbacks;
mod decorated;
mod default_handler;
mod entry;
mod events;
mod frames;
mod imports;
mod interpreter;
mod lifetime;
mod lock;
mod os;
mod owner;
mod present;
mod protection;
mod quiet;
mod requests;
mod seconds;
mod settings;
mod signals;
mod told;
mod turn;

// What threads have in common is atomic or behind locks of ours: see `lock`.
#[pymodule(gil_used = false)]
fn _native(module: &Bound<'_, PyModule>) -> PyResult<()> {
    let py = module.py();
    // SAFETY: both are of the running thread, which has the interpreter lock.
    if unsafe { pyo3::ffi::PyInterpreterState_GetID(pyo3::ffi::PyInterpreterState_Get()) } != 0 {
        return Err(PyImportError::new_err(
            "graceful_shutdown does not work in a sub-interpreter: signals belong to the main interpreter",
        ));
    }
    os::adopt();
    interpreter::adopt();
    os::signals::learn(py)?;
    callbacks::forward_log();
    events::add(module)?;
    protection::add(module)?;
    module.add("__version__", env!("CARGO_PKG_VERSION"))?;
    module.add_class::<requests::OpenBlock>()?;
    module.add_function(wrap_pyfunction!(settings::configure_shutdown_manager, module)?)?;
    module.add_function(wrap_pyfunction!(settings::restore_handlers, module)?)?;
    module.add_function(wrap_pyfunction!(requests::request_shutdown, module)?)?;
    module.add_function(wrap_pyfunction!(requests::cancel_shutdown, module)?)?;
    module.add_function(wrap_pyfunction!(requests::is_shutdown_requested, module)?)?;
    module.add_function(wrap_pyfunction!(requests::wait, module)?)?;
    module.add_function(wrap_pyfunction!(requests::open_blocks, module)?)?;
    module.add_function(wrap_pyfunction!(turn::end_after_loop, module)?)?;
    module.add_function(wrap_pyfunction!(turn::end_of_loop, module)?)?;
    module.add_function(wrap_pyfunction!(turn::end_here, module)?)?;
    module.add_function(wrap_pyfunction!(lifetime::end_by_status, module)?)?;
    module.add_function(wrap_pyfunction!(turn::is_told, module)?)?;
    module.add_function(wrap_pyfunction!(turn::main_is_to_be_told, module)?)?;
    module.add_function(wrap_pyfunction!(owner::cancel_if_due, module)?)?;
    module.add_function(wrap_pyfunction!(owner::holds_loop, module)?)?;
    module.add_function(wrap_pyfunction!(owner::is_thread_due, module)?)?;
    module.add_function(wrap_pyfunction!(events::interrupt_of_awaited, module)?)?;
    let _ = py;
    Ok(())
}
