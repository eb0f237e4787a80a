//! The end of a block (C10, C22).

use pyo3::exceptions::PySystemExit;
use pyo3::ffi;
use pyo3::prelude::*;
use shutdown_protection::face::{self, Block, Owner};

use super::Entry;
use super::interruption::{before_interruption, interruption};
use crate::{owner, told};

/// Ends a block and tells the engine: by who has [claimed](super::Entries::claim_end) it, or has taken its entry out.
pub(super) fn end(block: Block, task: u64, own_error: bool) {
    block.end(own_error);
    if task == 0 {
        owner::withdraw_async();
    } else {
        owner::forget_task(task);
    }
}

impl Entry {
    /// Where nothing is pending. The entry is to be taken out then, and its task forgotten.
    #[inline]
    pub(super) fn end_calmly(&self) -> bool {
        !self.broken && self.scope.is_none() && !owner::may_be_interrupted() && self.block.end_calmly()
    }

    /// The end of the `with` statement (C10). `error`: what it ends with. `true`: that was trio's cancellation of the block, which
    /// ends here.
    #[cold]
    pub(super) fn end_slowly(mut self, py: Python<'_>, error: Option<&Bound<'_, PyAny>>) -> PyResult<bool> {
        let absorbed = match self.scope.take() {
            Some(scope) => owner::left_scope(scope.bind(py), error)?,
            None => false,
        };
        self.end_or_break(py, error.filter(|_| !absorbed))?;
        Ok(absorbed)
    }

    fn end_or_break(&mut self, py: Python<'_>, error: Option<&Bound<'_, PyAny>>) -> PyResult<()> {
        if !self.block.is_home() {
            return Ok(());
        }
        let owner = Owner { task: self.task, in_loop: owner::running(py).is_some() };
        let is_here = self.is_of(owner::current(py));
        // What its loop ended with: the thread has not been told yet, and is by this block's own end.
        let error = error.filter(|error| owner.task != 0 || owner.in_loop || !told::is_a_task_s(error));
        if let Some(error) = error {
            let told = told::is_ours(error) || owner.task != 0 && self.block.has_lapsed(owner);
            let own = !told;
            // Any other error has a status of its own, or was handled; only this one may look like a normal end.
            let exits = own && error.is_instance_of::<PySystemExit>();
            if own && owner::is_mains_own(py) && face::is_pending() {
                told::note_own_error(error);
            }
            self.close(exits);
            return Ok(());
        }
        if self.broken {
            if !face::is_pending() || !is_here || told::is_past(py) {
                return Ok(());
            }
            return match face::outside() {
                Ok(()) => Ok(()),
                Err(interrupted) => interruption(py, owner, interrupted).map_or(Ok(()), Err),
            };
        }
        if !is_here || told::is_past(py) {
            self.close(false);
            return Ok(());
        }
        if let Err(interrupted) = self.block.allow_break(owner, false) {
            before_interruption(py, owner, || self.close(false));
            return interruption(py, owner, interrupted).map_or(Ok(()), Err);
        }
        self.close(false);
        Ok(())
    }

    /// Ends the block itself. Once.
    fn close(&mut self, own_error: bool) {
        if self.set_broken() {
            end(self.block, self.task, own_error);
        }
    }
}

/// C22: what holds the entry has gone, without the end of its `with` statement.
impl Drop for Entry {
    fn drop(&mut self) {
        if self.block.is_home() && !self.broken {
            if self.end_calmly() {
                owner::forget_task(self.task);
            } else {
                self.close(false);
            }
        }
        // SAFETY: a reference of ours, or null; entries are dropped by threads that are in the interpreter.
        unsafe { ffi::Py_XDECREF(self.code) };
    }
}
