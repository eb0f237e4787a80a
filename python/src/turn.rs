//! The main thread's turn in Python: callbacks, waiting for the blocks of others, and the exception of the end.

use pyo3::intern;
use pyo3::prelude::*;
use shutdown_protection::face::{self, Occasion, Told, Turn};

use crate::imports::import;
use crate::os::process;
use crate::owner::{self, Library};
use crate::{frames, lifetime, present, told};

mod held_back;
mod loops;

pub(crate) use loops::{end_after_loop, end_here, end_of_loop, is_told, main_is_to_be_told};

/// Asynchronously: in a signal handler of the interpreter.
///
/// The interpreter calls it out of a scan of the signals that have tripped, and may call it again before it has returned: in any
/// Python code that runs here (the scan clears `is_tripped` first). What the inner call raised was lost once, in a question whose
/// errors are answers: the outer call, on its way to take the event, had tripped the handler itself. So within questions of ours it
/// raises nothing ([`crate::quiet`]), and the main thread does not trip itself for what it takes here (`attending`).
///
/// A scan that ends with an exception is not over either: `_PyErr_CheckSignalsTstate` sets `is_tripped` again, and `handle_signals` the
/// bit that makes the next check scan anew. So a trip that came meanwhile makes another call between the exception and the code
/// that handles it: in a destructor that the unwinding runs. It has nothing to take, since `taken` has answered under the
/// engine's lock; and nothing is concluded from what a destructor sees.
///
/// CPython 3.13 has a way of its own past an `except`: gh-130279, an exception of a handler at the jump back of a tight `while` loop,
/// which is looked up outside of the `try`. No order of ours changes that.
pub(crate) fn between_bytecodes(py: Python<'_>) -> PyResult<()> {
    // What this finds out is taken below: the main thread must not trip itself for it.
    face::attending(|| told::forget_what_was_handled(py, Occasion::Anywhere));
    let frame = frames::innermost(py);
    let frame = frame.as_ref();
    loop {
        // C10, C16: before_termination too comes behind the handling of the program's own error. What is not taken comes again.
        if face::is_end_due() && told::own_error_is_being_handled(py) && !is_leaving(py, frame) {
            return Ok(());
        }
        match face::attending(face::turn) {
            Turn::Nothing => return Ok(()),
            Turn::Wait => {
                if owner::running(py).is_some() {
                    return Ok(());
                }
                wait_for_turn(py)?;
            }
            Turn::Raise(told) => {
                if is_leaving(py, frame) {
                    return on_the_way_out(py, told, is_shutting_down(py));
                }
                if loops::comes_after_loop() && owner::running(py).is_some() {
                    return Ok(());
                }
                // Not taken: it comes again.
                if held_back::is_held_back(py, told.forced) {
                    return Ok(());
                }
                if told::is_in_finalizer(py) || !told.forced && told::own_error_is_being_handled(py) {
                    return Ok(());
                }
                if loops::hand_over(py, told, frame)?.is_some() {
                    return Ok(());
                }
                if let Some(error) = told::take(py, told) {
                    return Err(error);
                }
            }
        }
    }
}

/// Has the main thread's code ended, so that no exception finds anybody any more (C28)?
fn is_leaving(py: Python<'_>, frame: Option<&Bound<'_, PyAny>>) -> bool {
    lifetime::is_exiting() || is_shutting_down(py) || frame.is_none() && !is_interactive(py)
}

/// Synchronously: the main thread has closed its block, or may not start one. `None`: the shutdown was cancelled.
pub(crate) fn at_a_break(py: Python<'_>) -> Option<PyErr> {
    face::attending(|| {
        loop {
            match face::turn() {
                Turn::Raise(told) => {
                    if let Some(error) = told::take(py, told) {
                        return Some(error);
                    }
                }
                Turn::Nothing | Turn::Wait => {
                    // Told before, and swallowed: told again.
                    if let Some(told) = face::told() {
                        return Some(told::exception(py, told));
                    }
                    if !face::is_pending() {
                        return None;
                    }
                    if let Err(error) = wait_for_turn(py) {
                        return Some(error);
                    }
                }
            }
        }
    })
}

/// The main greenlet of gevent lets the others run meanwhile; it looks from time to time.
fn wait_for_turn(py: Python<'_>) -> PyResult<()> {
    if owner::running(py) == Some(Library::Gevent) {
        import(py, Library::Gevent.module())?.call_method0("wait")?;
    } else {
        py.detach(|| face::attending(face::await_turn));
    }
    Ok(())
}

/// At the prompt of an interactive interpreter no Python code runs either; there an exception is welcome.
fn is_interactive(py: Python<'_>) -> bool {
    present::of_sys(intern!(py, "ps1")).is_some()
}

/// Is the main thread in `threading._shutdown`, which joins the other threads when the program's code has ended?
fn is_shutting_down(py: Python<'_>) -> bool {
    frames::outwards(py).last().is_some_and(|outermost| {
        frames::is_call_of(&outermost, intern!(py, "_shutdown"))
            && frames::is_in_module(&outermost, |module| module == "threading")
    })
}

/// C28: nothing can be raised any more. The program goes on to its end, which the engine gives its status; but where it joins
/// threads that hold no blocks, which may last for ever, the exit functions run here, and the process ends.
fn on_the_way_out(py: Python<'_>, told: Told, joins: bool) -> PyResult<()> {
    if !face::taken(told) {
        return Ok(());
    }
    told::take_on_the_way_out();
    if !joins || !others_are_joined(py)? {
        return Ok(());
    }
    py.import("atexit")?.call_method0("_run_exitfuncs")?;
    for name in ["stdout", "stderr"] {
        if let Ok(stream) = py.import("sys")?.getattr(name) {
            let _ = stream.call_method0("flush");
        }
    }
    let status = told::own_status().unwrap_or(0);
    // Without the interpreter lock, which a thread of ours may be waiting for.
    py.detach(|| process::exit(status))
}

/// Are there threads that the interpreter waits for?
fn others_are_joined(py: Python<'_>) -> PyResult<bool> {
    let threading = import(py, "threading")?;
    let main = threading.call_method0("main_thread")?;
    for thread in threading.call_method0("enumerate")?.try_iter()? {
        let thread = thread?;
        if !thread.is(&main) && !thread.getattr("daemon")?.is_truthy()? {
            return Ok(true);
        }
    }
    Ok(false)
}
