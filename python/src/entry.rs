//! From `with` to the engine: one entered block, its start and its breakpoints.

use std::time::Duration;

use pyo3::exceptions::PyValueError;
use pyo3::ffi;
use pyo3::prelude::*;
use shutdown_protection::face::{self, Block, Kind, Owner};

use crate::{owner, told};

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
}

impl Entry {
    /// Starts a block where nothing is pending; `None`: [`start`](Self::start) has to ask.
    #[inline]
    pub(crate) fn start_calmly(py: Python<'_>, kind: &Kind, tag: *const ()) -> Option<Self> {
        let owner = owner::current(py);
        Block::start(kind, owner, tag).map(|block| Self::of(py, block, owner))
    }

    /// C12: starts a block.
    #[cold]
    pub(crate) fn start(py: Python<'_>, kind: &Kind, tag: *const ()) -> PyResult<Self> {
        let owner = owner::current(py);
        let block = start_slowly(py, kind, owner, tag)?;
        Ok(Self::of(py, block, owner))
    }

    #[inline]
    fn of(py: Python<'_>, block: Block, owner: Owner) -> Self {
        owner::note_task(py, owner);
        Self { block, task: owner.task, broken: false, code: entering_code() }
    }

    /// Whose it is, as seen from here.
    fn owner(&self, py: Python<'_>) -> Owner {
        Owner { task: self.task, in_loop: owner::running_loop(py).is_some() }
    }

    /// Is it the caller's own?
    pub(crate) fn is_of(&self, owner: Owner) -> bool {
        if self.task == 0 { owner.task == 0 && self.block.is_mine() } else { self.task == owner.task }
    }

    /// A breakpoint where nothing is pending; `false`: [`allow_break`](Self::allow_break) has to look.
    #[inline]
    pub(crate) fn passes(&self, renew: bool) -> bool {
        let passes = self.block.is_calm() && !self.broken;
        if passes && renew {
            self.block.renew();
        }
        passes
    }

    /// C9.
    #[cold]
    pub(crate) fn allow_break(&mut self, py: Python<'_>, kind: &Kind, tag: *const (), renew: bool) -> PyResult<()> {
        if self.passes(renew) { Ok(()) } else { self.allow_break_slowly(py, kind, tag, renew) }
    }

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
                self.close_interrupted(owner);
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
                if interrupted.is_ok() {
                    self.close(false);
                    return Ok(());
                }
                self.close_interrupted(owner);
                self.broken = true;
                interrupted.or_else(|interrupted| interruption(py, owner, interrupted).map_or(Ok(()), Err))
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
