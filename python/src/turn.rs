//! The main thread's turn in Python: callbacks, waiting for the blocks of others, and the exception of the end.

use std::sync::{Mutex, PoisonError};
use std::time::{Duration, Instant};

use pyo3::prelude::*;
use shutdown_protection::face::{self, Told, Turn};

use crate::{lifetime, owner, told};

/// Asynchronously: in a signal handler of the interpreter.
pub(crate) fn between_bytecodes(py: Python<'_>) -> PyResult<()> {
    // What this finds out is taken below: the main thread must not trip itself for it.
    face::attending(|| told::forget_what_was_handled(py));
    // SAFETY: borrowed from the running thread, or null: where no Python code runs.
    let frame = unsafe { Bound::from_borrowed_ptr_or_opt(py, pyo3::ffi::PyEval_GetFrame().cast()) };
    let frame = frame.as_ref();
    loop {
        // C10, C16: before_termination too comes behind the handling of the program's own error. What is not taken comes again.
        if face::is_end_due() && told::own_error_is_being_handled(py) && !is_leaving(py, frame) {
            return Ok(());
        }
        match face::attending(face::turn) {
            Turn::Nothing => return Ok(()),
            Turn::Wait => {
                if owner::running_loop(py).is_some() {
                    return Ok(());
                }
                wait_for_turn(py);
            }
            Turn::Raise(told) => {
                if is_leaving(py, frame) {
                    return on_the_way_out(py, told, frame.is_some_and(is_shutting_down));
                }
                if comes_after_loop() && owner::running_loop(py).is_some() {
                    return Ok(());
                }
                // Not taken: it comes again.
                if told::is_in_finalizer(py) || !told.forced && told::own_error_is_being_handled(py) {
                    return Ok(());
                }
                if let (false, Some(event_loop)) = (told.forced, owner::running_loop(py)) {
                    return if face::taken(told) { hand_over(py, &event_loop, frame) } else { Ok(()) };
                }
                if face::taken(told) {
                    return Err(told::exception(py, told));
                }
            }
        }
    }
}

/// Has the main thread's code ended, so that no exception finds anybody any more (C28)?
fn is_leaving(py: Python<'_>, frame: Option<&Bound<'_, PyAny>>) -> bool {
    lifetime::is_exiting() || frame.map_or_else(|| !is_interactive(py), is_shutting_down)
}

/// Synchronously: the main thread has closed its block, or may not start one. `None`: the shutdown was cancelled.
pub(crate) fn at_a_break(py: Python<'_>) -> Option<PyErr> {
    face::attending(|| {
        loop {
            match face::turn() {
                Turn::Raise(told) => {
                    if face::taken(told) {
                        return Some(told::exception(py, told));
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
                    wait_for_turn(py);
                }
            }
        }
    })
}

fn wait_for_turn(py: Python<'_>) {
    py.detach(|| face::attending(face::await_turn));
}

/// In an event loop nothing is raised where it happens to be: the loop's main task is cancelled, and a callback of the loop
/// raises the exception.
fn hand_over(py: Python<'_>, event_loop: &Bound<'_, PyAny>, frame: Option<&Bound<'_, PyAny>>) -> PyResult<()> {
    told::schedule();
    py.import("graceful_shutdown._asyncio")?.call_method1("deliver", (event_loop, frame))?;
    Ok(())
}

/// For the loop's callback: what it is to raise, or None if the shutdown was cancelled.
#[pyfunction]
#[pyo3(name = "_end_of_loop")]
pub(crate) fn end_of_loop(py: Python<'_>) -> Option<Py<PyAny>> {
    face::told().map(|told| told::exception(py, told).into_value(py).into_any())
}

/// The loop's main task had ended already: the exception waits until the loop has, for a moment.
static AFTER_LOOP: Mutex<Option<Instant>> = Mutex::new(None);

/// A loop that is closed in orderly fashion takes less; one that is run anew is told as any other.
const MOMENT: Duration = Duration::from_secs(1);

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

fn comes_after_loop() -> bool {
    AFTER_LOOP.lock().unwrap_or_else(PoisonError::into_inner).is_some_and(|since| since.elapsed() < MOMENT)
}

/// For the loop's callback: cancels the task, if its time is still up.
#[pyfunction]
#[pyo3(name = "_cancel_if_due")]
pub(crate) fn cancel_if_due(task: &Bound<'_, PyAny>) -> PyResult<()> {
    if owner::task_has_lapsed(task) {
        task.py().import("graceful_shutdown._asyncio")?.call_method1("interrupted", (task,))?;
        task.call_method0("cancel")?;
    }
    Ok(())
}

/// At the prompt of an interactive interpreter no Python code runs either; there an exception is welcome.
fn is_interactive(py: Python<'_>) -> bool {
    py.import("sys").and_then(|sys| sys.hasattr("ps1")).unwrap_or(false)
}

/// Is the main thread in `threading._shutdown`, which joins the other threads when the program's code has ended?
fn is_shutting_down(frame: &Bound<'_, PyAny>) -> bool {
    let outermost = || -> PyResult<bool> {
        let mut frame = frame.clone();
        loop {
            let back = frame.getattr("f_back")?;
            if back.is_none() {
                break;
            }
            frame = back;
        }
        let name: String = frame.getattr("f_code")?.getattr("co_name")?.extract()?;
        let module = frame.getattr("f_globals")?.get_item("__name__")?;
        Ok(name == "_shutdown" && module.eq("threading")?)
    };
    outermost().unwrap_or(false)
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
    // SAFETY: ends the process; what C code has registered runs, and then what the engine has.
    py.detach(|| unsafe { libc::exit(status) })
}

/// Are there threads that the interpreter waits for?
fn others_are_joined(py: Python<'_>) -> PyResult<bool> {
    let threading = py.import("threading")?;
    let main = threading.call_method0("main_thread")?;
    for thread in threading.call_method0("enumerate")?.try_iter()? {
        let thread = thread?;
        if !thread.is(&main) && !thread.getattr("daemon")?.is_truthy()? {
            return Ok(true);
        }
    }
    Ok(false)
}
