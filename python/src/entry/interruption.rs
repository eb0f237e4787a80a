//! Where an owner meets a shutdown: at the start of a block, or with the exception that it gets.

use pyo3::prelude::*;
use shutdown_protection::Interrupted;
use shutdown_protection::face::{self, Block, Occasion, Owner};

use super::{Like, ended};
use crate::{owner, signals, told, turn};

#[cold]
pub(super) fn start_slowly(py: Python<'_>, like: &Like, owner: Owner) -> PyResult<Block> {
    signals::install(py)?;
    let is_main = face::is_main();
    if is_main {
        told::forget_what_was_handled(py, Occasion::Step);
    }
    loop {
        let regardless = told::is_past(py);
        match Block::start_slowly(&like.kind, owner, like.tag, regardless) {
            Ok(block) => return Ok(block),
            Err(interrupted) => {
                if let Some(error) = interruption(py, owner, interrupted) {
                    return Err(error);
                }
            }
        }
    }
}

/// Ends a block, behind which comes the [`interruption`]: the main thread is on its way to its turn, and is not to be woken for it.
pub(super) fn before_interruption(py: Python<'_>, owner: Owner, end: impl FnOnce()) {
    if !is_thread_of_loop(owner) && owner::is_mains_own(py) { face::attending(end) } else { end() }
}

fn is_thread_of_loop(owner: Owner) -> bool {
    owner.task == 0 && owner.in_loop
}

/// The exception for this owner. `None`: the shutdown was cancelled meanwhile.
pub(super) fn interruption(py: Python<'_>, owner: Owner, interrupted: Interrupted) -> Option<PyErr> {
    if is_thread_of_loop(owner) {
        return Some(told::thread_exception(py, interrupted));
    }
    if owner::is_mains_own(py) {
        face::broken();
        return turn::at_a_break(py);
    }
    // Held back before the loop ran, the main thread's end is to be with the loop before this task is: the task may be all that
    // the loop runs for.
    if face::is_main() {
        if let Err(error) = turn::between_bytecodes(py) {
            return Some(error);
        }
    }
    match owner::running(py).filter(|_| owner.task != 0) {
        Some(library) => Some(told::task_exception(py, library, interrupted)),
        None => Some(told::thread_exception(py, interrupted)),
    }
}

pub(super) fn foreign(py: Python<'_>, verdict: Result<(), Interrupted>) -> PyErr {
    match verdict.or_else(|_| face::outside()) {
        Err(interrupted) => told::thread_exception(py, interrupted),
        Ok(()) => ended(),
    }
}
