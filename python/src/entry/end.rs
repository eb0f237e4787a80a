//! The end of a block (C10, C22).

use pyo3::exceptions::PySystemExit;
use pyo3::ffi;
use pyo3::prelude::*;
use shutdown_protection::face::{self, Owner};

use super::Entry;
use super::interruption::{interruption, is_turn_next};
use crate::{interpreter, owner, told, turn};

impl Entry {
    /// Where nothing is pending.
    #[inline]
    pub(crate) fn end_calmly(&mut self) -> bool {
        if self.broken {
            return false;
        }
        let task = self.task;
        if !self.block.end_calmly() {
            return false;
        }
        self.broken = true;
        owner::forget_task(task);
        true
    }

    /// Drops it behind [`end_calmly`](Self::end_calmly).
    #[inline]
    pub(crate) fn forget_ended(self) {
        let entry = std::mem::ManuallyDrop::new(self);
        // SAFETY: a reference of ours, or null; with the interpreter lock. It is not dropped again.
        unsafe { ffi::Py_XDECREF(entry.code) };
    }

    /// The end of the `with` statement (C10). `error`: what it ends with.
    #[cold]
    pub(crate) fn end_slowly(mut self, py: Python<'_>, error: Option<&Bound<'_, PyAny>>) -> PyResult<()> {
        if !self.block.is_home() {
            return Ok(());
        }
        let owner = self.owner(py);
        let is_here = self.is_of(owner::current(py));
        if let Some(error) = error {
            let told = told::is_ours(error) || owner.task != 0 && self.block.has_lapsed(owner);
            let own = !told;
            // Any other error has a status of its own, or was handled; only this one may look like a normal end.
            let exits = own && error.is_instance_of::<PySystemExit>();
            if own && owner.task == 0 && interpreter::is_main() && face::is_pending() {
                told::note_own_error(error);
            }
            self.close(exits);
            return Ok(());
        }
        if self.broken {
            if !face::is_pending() || !is_here || told::is_past(py) {
                return Ok(());
            }
            return match owner.task {
                0 if is_turn_next(owner) => turn::at_a_break(py).map_or(Ok(()), Err),
                _ => match face::outside() {
                    Ok(()) => Ok(()),
                    Err(interrupted) => interruption(py, owner, interrupted).map_or(Ok(()), Err),
                },
            };
        }
        if !is_here || told::is_past(py) {
            self.close(false);
            return Ok(());
        }
        match self.block.allow_break(owner, false) {
            Ok(()) => {
                self.close(false);
                Ok(())
            }
            Err(interrupted) => {
                self.close_interrupted(owner);
                interruption(py, owner, interrupted).map_or(Ok(()), Err)
            }
        }
    }

    /// Behind which comes the [`interruption`].
    pub(super) fn close_interrupted(&mut self, owner: Owner) {
        if is_turn_next(owner) {
            // The main thread is on its way: it need not be woken for what the end of its block brings about.
            face::attending(|| self.close(false));
        } else {
            self.close(false);
        }
    }

    /// Ends the block itself. Once.
    pub(super) fn close(&mut self, own_error: bool) {
        if !std::mem::replace(&mut self.broken, true) {
            let task = self.task;
            self.block.end(own_error);
            if task == 0 {
                owner::withdraw_async();
            } else {
                owner::forget_task(task);
            }
        }
    }
}

/// C22: what holds the entry has gone, without the end of its `with` statement.
impl Drop for Entry {
    fn drop(&mut self) {
        if self.block.is_home() {
            if !self.end_calmly() {
                self.close(false);
            }
            self.broken = true;
        }
        // SAFETY: a reference of ours, or null; entries are dropped with the interpreter lock.
        unsafe { ffi::Py_XDECREF(self.code) };
    }
}
