//! From `with` to the engine: one entered block, its start, its breakpoints and its end.

use std::time::Duration;

use pyo3::exceptions::{PySystemExit, PyValueError};
use pyo3::ffi;
use pyo3::prelude::*;
use shutdown_protection::Interrupted;
use shutdown_protection::face::{self, Block, Kind, Owner};

use crate::{interpreter, owner, signals, told, turn};

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
        if self.passes(renew) {
            return Ok(());
        }
        self.allow_break_slowly(py, kind, tag, renew)
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
                0 if interpreter::is_main() && !owner.in_loop => turn::at_a_break(py).map_or(Ok(()), Err),
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
        let interrupted = self.block.allow_break(owner, false);
        self.close(false);
        match interrupted {
            Ok(()) => Ok(()),
            Err(interrupted) => interruption(py, owner, interrupted).map_or(Ok(()), Err),
        }
    }

    /// Ends the block itself. Once.
    fn close(&mut self, own_error: bool) {
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

    pub(crate) fn code(&self) -> *mut ffi::PyObject {
        self.code
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

/// The code object of the running Python frame.
#[inline]
fn entering_code() -> *mut ffi::PyObject {
    // SAFETY: the frame is borrowed from the running thread; the code is a new reference.
    unsafe {
        let frame = ffi::PyEval_GetFrame();
        if frame.is_null() { std::ptr::null_mut() } else { ffi::PyFrame_GetCode(frame).cast() }
    }
}

#[cold]
fn start_slowly(py: Python<'_>, kind: &Kind, owner: Owner, tag: *const ()) -> PyResult<Block> {
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
fn interruption(py: Python<'_>, owner: Owner, interrupted: Interrupted) -> Option<PyErr> {
    if owner.task != 0 {
        return Some(task_exception(py, interrupted));
    }
    if interpreter::is_main() && !owner.in_loop {
        return turn::at_a_break(py);
    }
    Some(told::thread_exception(py, interrupted))
}

fn task_exception(py: Python<'_>, interrupted: Interrupted) -> PyErr {
    // The loop's end must not cancel it a second time, in the middle of its rolling back.
    let note = || py.import("graceful_shutdown._asyncio")?.call_method0("interrupted_here");
    if let Err(error) = note() {
        return error;
    }
    told::task_exception(py, interrupted)
}

fn foreign(py: Python<'_>, verdict: Result<(), Interrupted>) -> PyErr {
    match verdict.or_else(|_| face::outside()) {
        Err(interrupted) => told::thread_exception(py, interrupted),
        Ok(()) => ended(),
    }
}

/// C30.
pub(crate) fn ended() -> PyErr {
    PyValueError::new_err("the block has ended")
}
