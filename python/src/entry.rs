//! From `with` to the engine: one entered block, its start and its breakpoints.

use std::time::Duration;

use pyo3::exceptions::PyValueError;
use pyo3::ffi;
use pyo3::prelude::*;
use shutdown_protection::face::{self, Block, Kind, Owner};

use crate::{owner, signals, told};

mod end;
mod interruption;

use interruption::{foreign, interruption, start_slowly};

/// One entry of a `ShutdownProtection`.
pub(crate) struct Entry {
    block: Block,
    /// The number of the task that owns it; 0: the thread does.
    task: u64,
    /// It was closed by a breakpoint (C9).
    broken: bool,
    /// The code object that entered it, for `open_blocks()`; a reference of ours.
    code: *mut ffi::PyObject,
    /// trio's: what its deadline cancels, and what shields it from the end of others.
    scope: Option<Py<PyAny>>,
}

impl Entry {
    /// C12: starts a block.
    #[inline]
    pub(crate) fn start(py: Python<'_>, kind: &Kind, tag: *const ()) -> PyResult<Self> {
        let owner = owner::current(py);
        if owner::has_cells() {
            signals::stand_in_cell(py)?;
        }
        let block = match Block::start(kind, owner, tag) {
            Some(block) => block,
            None => start_slowly(py, kind, owner, tag)?,
        };
        owner::note_task(py, owner);
        let mut entry = Self { block, task: owner.task, broken: false, code: entering_code(), scope: None };
        if owner.task != 0 {
            entry.scope = owner::entered_scope(py)?;
        }
        Ok(entry)
    }

    /// Whose it is, as seen from here.
    fn owner(&self, py: Python<'_>) -> Owner {
        Owner { task: self.task, in_loop: owner::running(py).is_some() }
    }

    /// Is it the caller's own?
    pub(crate) fn is_of(&self, owner: Owner) -> bool {
        if self.task == 0 { owner.task == 0 && self.block.is_mine() } else { self.task == owner.task }
    }

    /// C9.
    #[inline]
    pub(crate) fn allow_break(&mut self, py: Python<'_>, kind: &Kind, tag: *const (), renew: bool) -> PyResult<()> {
        if self.block.is_calm() && !self.broken {
            if renew {
                self.block.renew();
            }
            return Ok(());
        }
        self.allow_break_slowly(py, kind, tag, renew)
    }

    #[cold]
    fn allow_break_slowly(&mut self, py: Python<'_>, kind: &Kind, tag: *const (), renew: bool) -> PyResult<()> {
        if self.broken {
            return self.interrupted_again(py, kind, tag);
        }
        self.come_home(py, kind, tag)?;
        if told::is_past(py) {
            return Ok(());
        }
        let owner = self.owner(py);
        if !self.is_of(owner::current(py)) {
            // Somebody else's breakpoint: the caller is told, the block is its owner's.
            self.block.renew();
            return if face::is_pending() { Err(foreign(py, self.block.allow_break(owner, false))) } else { Ok(()) };
        }
        match self.block.allow_break(owner, renew) {
            Ok(()) => Ok(()),
            Err(interrupted) => {
                self.close(false);
                self.broken = true;
                match interruption(py, owner, interrupted) {
                    Some(error) => Err(error),
                    // The shutdown was cancelled while the main thread waited for the others.
                    None => self.reopen(py, kind, tag),
                }
            }
        }
    }

    /// An interrupt that the program has swallowed stays.
    fn interrupted_again(&mut self, py: Python<'_>, kind: &Kind, tag: *const ()) -> PyResult<()> {
        if !face::is_pending() {
            return Err(ended());
        }
        if told::is_past(py) {
            return Ok(());
        }
        match self.reopen(py, kind, tag) {
            // C12 lets it start where what was delivered is being handled; a broken block stays broken there.
            Ok(()) if face::is_pending() => {
                let owner = self.owner(py);
                let interrupted = self.block.allow_break(owner, false);
                self.close(false);
                self.broken = true;
                match interrupted {
                    Ok(()) => Ok(()),
                    Err(interrupted) => interruption(py, owner, interrupted).map_or(Ok(()), Err),
                }
            }
            other => other,
        }
    }

    fn reopen(&mut self, py: Python<'_>, kind: &Kind, tag: *const ()) -> PyResult<()> {
        let owner = owner::current(py);
        self.block = start_slowly(py, kind, owner, tag)?;
        self.task = owner.task;
        owner::note_task(py, owner);
        self.broken = false;
        Ok(())
    }

    /// C23: in the child of a fork an inherited block becomes the child's at its next use.
    fn come_home(&mut self, py: Python<'_>, kind: &Kind, tag: *const ()) -> PyResult<()> {
        if self.block.is_home() {
            return Ok(());
        }
        let owner = owner::current(py);
        self.block = start_slowly(py, kind, owner, tag)?;
        self.task = owner.task;
        Ok(())
    }

    /// Gives the block its time again.
    pub(crate) fn renew(
        &mut self,
        py: Python<'_>,
        kind: &Kind,
        tag: *const (),
        time: Option<Duration>,
    ) -> PyResult<()> {
        if self.broken {
            return self.interrupted_again(py, kind, tag);
        }
        if time.is_none() && self.block.is_calm() {
            self.block.renew();
            return Ok(());
        }
        self.come_home(py, kind, tag)?;
        let owner = self.owner(py);
        py.detach(|| self.block.renew_slowly(owner, time));
        owner::withdraw_async();
        Ok(())
    }

    pub(crate) fn code(&self) -> *mut ffi::PyObject {
        self.code
    }
}

/// The code object of the running Python frame.
#[inline]
fn entering_code() -> *mut ffi::PyObject {
    // SAFETY: the frame is borrowed from the running thread; the code is a new reference.
    unsafe {
        let frame = ffi::PyEval_GetFrame();
        if frame.is_null() { std::ptr::null_mut() } else { ffi::PyFrame_GetCode(frame).cast() }
    }
}

/// C30.
pub(crate) fn ended() -> PyErr {
    PyValueError::new_err("the block has ended")
}
