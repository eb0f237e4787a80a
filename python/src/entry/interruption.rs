//! Where an owner meets a shutdown: at the start of a block, or with the exception that it gets.

use pyo3::prelude::*;
use shutdown_protection::Interrupted;
use shutdown_protection::face::{self, Block, Kind, Owner};

use super::ended;
use crate::{interpreter, signals, told, turn};

#[cold]
pub(super) fn start_slowly(py: Python<'_>, kind: &Kind, owner: Owner, tag: *const ()) -> PyResult<Block> {
    signals::install(py)?;
    let is_main = interpreter::is_main();
    if is_main {
        told::forget_what_was_handled(py);
    }
    loop {
        let regardless = told::is_past(py);
        match Block::start_slowly(kind, owner, tag, regardless) {
            Ok(block) => return Ok(block),
            Err(interrupted) => {
                if let Some(error) = interruption(py, owner, interrupted) {
                    return Err(error);
                }
            }
        }
    }
}

/// The exception for this owner. `None`: the shutdown was cancelled meanwhile.
pub(super) fn interruption(py: Python<'_>, owner: Owner, interrupted: Interrupted) -> Option<PyErr> {
    if owner.task != 0 {
        return Some(task_exception(py, interrupted));
    }
    if is_turn_next(owner) {
        return turn::at_a_break(py);
    }
    Some(told::thread_exception(py, interrupted))
}

/// Is it the main thread itself, outside of an event loop, which takes its turn when it is interrupted?
pub(super) fn is_turn_next(owner: Owner) -> bool {
    owner.task == 0 && !owner.in_loop && interpreter::is_main()
}

fn task_exception(py: Python<'_>, interrupted: Interrupted) -> PyErr {
    // The loop's end must not cancel it a second time, in the middle of its rolling back.
    let note = || py.import("graceful_shutdown._asyncio")?.call_method0("interrupted_here");
    if let Err(error) = note() {
        return error;
    }
    told::task_exception(py, interrupted)
}

pub(super) fn foreign(py: Python<'_>, verdict: Result<(), Interrupted>) -> PyErr {
    match verdict.or_else(|_| face::outside()) {
        Err(interrupted) => told::thread_exception(py, interrupted),
        Ok(()) => ended(),
    }
}
