//! From `with` to the engine: one entered block, and its start.
//!
//! Each entry of an object is a block of its own. [`Entries`] are those that are open through one object, whoever has entered
//! them; where more is to be done than to say that all is calm, [`AtWork`] does it.

use pyo3::exceptions::PyValueError;
use pyo3::ffi;
use pyo3::prelude::*;
use shutdown_protection::face::{Block, Kind, Owner};

use crate::{owner, signals};

mod breakpoint;
mod end;
mod entries;
mod interruption;

use breakpoint::AtWork;
pub(crate) use entries::Entries;
use interruption::start_slowly;

/// What the blocks of an object are like.
#[derive(Clone, Copy)]
pub(crate) struct Like {
    pub(crate) kind: Kind,
    /// The object.
    pub(crate) tag: *const (),
}

/// One entry of a `ShutdownProtection`.
struct Entry {
    block: Block,
    /// The number of the task that owns it; 0: the thread does.
    task: u64,
    /// Which of its object's; 0: not yet.
    number: u64,
    /// Its block has ended, or is being ended by who has set this: it was closed by a breakpoint (C9).
    broken: bool,
    /// It is to get the time that its object has been given since, when it is renewed next.
    retimed: bool,
    /// Neither.
    plain: bool,
    /// The code object that entered it, for `open_blocks()`; a reference of ours.
    code: *mut ffi::PyObject,
    /// trio's: what its deadline cancels, and what shields it from the end of others.
    scope: Option<Py<PyAny>>,
}

impl Entry {
    /// Starts a block of a thread, where no task can be what runs here and nothing is pending; `None`: [`start`](Self::start).
    #[inline]
    fn start_calmly(py: Python<'_>, like: &Like) -> Option<Self> {
        if owner::may_be_task(py) {
            return None;
        }
        let block = Block::start(&like.kind, Owner::THREAD, like.tag)?;
        Some(Self::of(block, 0))
    }

    #[inline]
    fn of(block: Block, task: u64) -> Self {
        Self { block, task, number: 0, broken: false, retimed: false, plain: true, code: entering_code(), scope: None }
    }

    /// C12: starts a block.
    fn start(py: Python<'_>, like: &Like) -> PyResult<Self> {
        let owner = owner::current(py);
        if owner::has_cells() {
            signals::stand_in_cell(py)?;
        }
        let block = match Block::start(&like.kind, owner, like.tag) {
            Some(block) => block,
            None => start_slowly(py, like, owner)?,
        };
        owner::note_task(py, owner);
        let mut entry = Self::of(block, owner.task);
        if owner.task != 0 {
            entry.scope = owner::entered_scope(py)?;
        }
        Ok(entry)
    }

    /// Is it the caller's own?
    fn is_of(&self, owner: Owner) -> bool {
        is_of(self.block, self.task, owner)
    }

    /// `true`: it was not before.
    fn set_broken(&mut self) -> bool {
        self.plain = false;
        !std::mem::replace(&mut self.broken, true)
    }

    fn set_retimed(&mut self, retimed: bool) {
        self.retimed = retimed;
        self.plain = !self.broken && !retimed;
    }

    /// C9, where nothing is pending.
    #[inline]
    fn pass_calmly(&self, renew: bool) -> bool {
        let passes = self.plain && self.block.is_calm();
        if passes && renew {
            self.block.renew();
        }
        passes
    }
}

fn is_of(block: Block, task: u64, owner: Owner) -> bool {
    if task == 0 { owner.task == 0 && block.is_mine() } else { task == owner.task }
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
fn ended() -> PyErr {
    PyValueError::new_err("the block has ended")
}
