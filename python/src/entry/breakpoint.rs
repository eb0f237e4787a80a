//! A breakpoint of a block where there is more to it than that all is calm (C9).

use std::time::Duration;

use pyo3::prelude::*;
use shutdown_protection::face::{self, Block, Owner};

use super::end::end;
use super::interruption::{before_interruption, foreign, interruption, start_slowly};
use super::{Entries, Entry, Like, ended, is_of};
use crate::{owner, told};

/// An entry at work. Its owner may wait meanwhile, or run callbacks, and others may come to the same object; so what is known of
/// it here is a copy, and what changes, changes in its list, if it is there still.
pub(super) struct AtWork<'a> {
    entries: &'a Entries,
    like: Like,
    number: u64,
    block: Block,
    task: u64,
    broken: bool,
}

impl<'a> AtWork<'a> {
    pub(super) fn of(entries: &'a Entries, like: Like, entry: &Entry) -> Self {
        let Entry { block, task, number, broken, .. } = *entry;
        Self { entries, like, number, block, task, broken }
    }

    /// Whose it is, as seen from here.
    fn owner(&self, py: Python<'_>) -> Owner {
        Owner { task: self.task, in_loop: owner::running(py).is_some() }
    }

    pub(super) fn allow_break(mut self, py: Python<'_>, renew: bool) -> PyResult<()> {
        if self.broken {
            return self.interrupted_again(py);
        }
        if self.block.is_calm() {
            if renew && self.entries.take_retimed(py, self.number) {
                self.give_time(py, Some(self.like.kind.time()));
            } else if renew {
                self.block.renew();
            }
            return Ok(());
        }
        self.come_home(py)?;
        if told::is_past(py) {
            return Ok(());
        }
        let owner = self.owner(py);
        if !is_of(self.block, self.task, owner::current(py)) {
            // Somebody else's breakpoint: the caller is told, the block is its owner's.
            self.block.renew();
            return if face::is_pending() { Err(foreign(py, self.block.allow_break(owner, false))) } else { Ok(()) };
        }
        match self.block.allow_break(owner, renew) {
            Ok(()) => Ok(()),
            Err(interrupted) => {
                before_interruption(py, owner, || self.close(py));
                match interruption(py, owner, interrupted) {
                    Some(error) => Err(error),
                    // The shutdown was cancelled while the main thread waited for the others.
                    None => self.reopen(py),
                }
            }
        }
    }

    /// An interrupt that the program has swallowed stays.
    fn interrupted_again(&mut self, py: Python<'_>) -> PyResult<()> {
        if !face::is_pending() {
            return Err(ended());
        }
        if told::is_past(py) {
            return Ok(());
        }
        let owner = self.owner(py);
        if let Some(error) = face::outside().err().and_then(|interrupted| interruption(py, owner, interrupted)) {
            return Err(error);
        }
        // The shutdown was cancelled meanwhile.
        self.reopen(py)
    }

    /// Unless somebody else has, or has ended the block for good.
    fn reopen(&mut self, py: Python<'_>) -> PyResult<()> {
        let owner = owner::current(py);
        let block = start_slowly(py, &self.like, owner)?;
        owner::note_task(py, owner);
        self.take_over(py, block, owner.task);
        Ok(())
    }

    /// C23: in the child of a fork an inherited block becomes the child's at its next use.
    fn come_home(&mut self, py: Python<'_>) -> PyResult<()> {
        if self.block.is_home() {
            return Ok(());
        }
        let owner = owner::current(py);
        let block = start_slowly(py, &self.like, owner)?;
        self.take_over(py, block, owner.task);
        Ok(())
    }

    fn take_over(&mut self, py: Python<'_>, block: Block, task: u64) {
        if self.entries.reopen(py, self.number, block, task) {
            (self.block, self.task, self.broken) = (block, task, false);
        } else {
            end(block, task, false);
        }
    }

    /// Gives the block its time again.
    pub(super) fn renew(mut self, py: Python<'_>, time: Option<Duration>) -> PyResult<()> {
        if self.broken {
            return self.interrupted_again(py);
        }
        self.come_home(py)?;
        let retimed = self.entries.take_retimed(py, self.number);
        self.give_time(py, time.or(retimed.then(|| self.like.kind.time())));
        Ok(())
    }

    fn give_time(&self, py: Python<'_>, time: Option<Duration>) {
        let (owner, block) = (self.owner(py), self.block);
        py.detach(|| block.renew_slowly(owner, time));
        owner::withdraw_async();
    }

    fn close(&mut self, py: Python<'_>) {
        if self.entries.claim_end(py, self.number) {
            end(self.block, self.task, false);
        }
        self.broken = true;
    }
}
