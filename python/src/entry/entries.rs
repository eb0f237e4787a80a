//! The blocks that are open through one object.
//!
//! Mostly it is one. But an object can be entered again, nested, in other tasks or in other threads; then each comer means
//! the innermost block of its own.

use std::mem::ManuallyDrop;
use std::time::Duration;

use pyo3::ffi;
use pyo3::prelude::*;
use shutdown_protection::face::{Block, Owner};

use super::{AtWork, Entry, Like, ended};
use crate::lock::Lock;
use crate::owner;

pub(crate) struct Entries(Lock<List>);

#[derive(Default)]
struct List {
    /// The only one, mostly.
    first: Option<Entry>,
    /// Those that were entered while there was one: innermost last.
    rest: Vec<Entry>,
    /// How many there have been.
    count: u64,
}

impl List {
    #[inline]
    fn add(&mut self, mut entry: Entry) {
        self.count += 1;
        entry.number = self.count;
        match &mut self.first {
            first @ None if self.rest.is_empty() => *first = Some(entry),
            _ => self.add_another(entry),
        }
    }

    #[cold]
    fn add_another(&mut self, entry: Entry) {
        self.rest.push(entry);
    }

    /// The innermost block that this owner has open through the object; else the innermost of all.
    fn innermost(&mut self, owner: Owner) -> Option<&mut Entry> {
        match self.rest.iter().rposition(|entry| entry.is_of(owner)) {
            Some(index) => self.rest.get_mut(index),
            None if self.first.as_ref().is_some_and(|entry| entry.is_of(owner)) => self.first.as_mut(),
            None => self.rest.last_mut().or(self.first.as_mut()),
        }
    }

    fn find(&mut self, number: u64) -> Option<&mut Entry> {
        self.first.iter_mut().chain(&mut self.rest).rfind(|entry| entry.number == number)
    }

    fn take(&mut self, number: u64) -> Option<Entry> {
        if self.first.as_ref().is_some_and(|entry| entry.number == number) {
            return self.first.take();
        }
        let index = self.rest.iter().rposition(|entry| entry.number == number)?;
        Some(self.rest.remove(index))
    }
}

impl Entries {
    pub(crate) const fn new() -> Self {
        Self(Lock::new(List { first: None, rest: Vec::new(), count: 0 }))
    }

    /// Where all is calm; `false`: [`enter`](Self::enter).
    #[inline]
    pub(crate) fn enter_calmly(&self, py: Python<'_>, like: &Like) -> bool {
        let Some(entry) = Entry::start_calmly(py, like) else { return false };
        self.0.with(py, |list| list.add(entry));
        true
    }

    pub(crate) fn enter(&self, py: Python<'_>, like: &Like) -> PyResult<()> {
        let entry = Entry::start(py, like)?;
        self.0.with(py, |list| list.add(entry));
        Ok(())
    }

    /// The common case: one block, all calm. It is ended where it lies. `false`: [`exit`](Self::exit).
    #[inline]
    pub(crate) fn exit_calmly(&self, py: Python<'_>) -> bool {
        let ended = self.0.with(py, |list| {
            let alone = list.first.as_ref().filter(|_| list.rest.is_empty())?;
            if !alone.end_calmly() {
                return None;
            }
            let entry = ManuallyDrop::new(list.first.take()?);
            Some((entry.task, entry.code))
        });
        let Some((task, code)) = ended else { return false };
        owner::forget_task(task);
        // SAFETY: the entry's reference, or null.
        unsafe { ffi::Py_XDECREF(code) };
        true
    }

    /// `true`: the error is none any more.
    #[cold]
    pub(crate) fn exit(&self, py: Python<'_>, error: Option<&Bound<'_, PyAny>>) -> PyResult<bool> {
        if self.exit_calmly(py) {
            return Ok(false);
        }
        let Some(number) = self.innermost(py) else { return Ok(false) };
        let taken = self.0.with(py, |list| list.take(number));
        taken.map_or(Ok(false), |entry| entry.end_slowly(py, error))
    }

    /// C9, where nothing is pending; `false`: [`allow_break`](Self::allow_break).
    #[inline]
    pub(crate) fn pass_calmly(&self, py: Python<'_>, renew: bool) -> bool {
        self.0
            .with(py, |list| list.rest.is_empty() && list.first.as_ref().is_some_and(|entry| entry.pass_calmly(renew)))
    }

    #[cold]
    pub(crate) fn allow_break(&self, py: Python<'_>, like: Like, renew: bool) -> PyResult<()> {
        self.at_work(py, like).ok_or_else(ended)?.allow_break(py, renew)
    }

    #[cold]
    pub(crate) fn renew(&self, py: Python<'_>, like: Like, time: Option<Duration>) -> PyResult<()> {
        self.at_work(py, like).ok_or_else(ended)?.renew(py, time)
    }

    fn at_work(&self, py: Python<'_>, like: Like) -> Option<AtWork<'_>> {
        let number = self.innermost(py)?;
        self.0.with(py, |list| list.find(number).map(|entry| AtWork::of(self, like, entry)))
    }

    /// The number of the caller's innermost block.
    fn innermost(&self, py: Python<'_>) -> Option<u64> {
        let first = |list: &mut List| list.first.as_ref().map(|entry| entry.number);
        // Who the caller is, Python code says. It is asked where that matters.
        let only = self.0.with(py, |list| list.rest.is_empty().then(|| first(list)));
        only.unwrap_or_else(|| {
            let owner = owner::current(py);
            self.0.with(py, |list| list.innermost(owner).map(|entry| entry.number))
        })
    }

    /// Is no block open?
    pub(crate) fn are_none(&mut self) -> bool {
        // SAFETY: a thread that ends an object is in the interpreter.
        let py = unsafe { Python::assume_attached() };
        self.0.with(py, |list| list.first.is_none() && list.rest.is_empty())
    }

    /// Takes the end of this entry's block for the caller; `false`: somebody has, or it is not there any more.
    pub(super) fn claim_end(&self, py: Python<'_>, number: u64) -> bool {
        self.0.with(py, |list| list.find(number).is_some_and(Entry::set_broken))
    }

    /// Gives an entry another block, if its own has ended; `false`: it has not, or the entry is not there any more.
    pub(super) fn reopen(&self, py: Python<'_>, number: u64, block: Block, task: u64) -> bool {
        self.0.with(py, |list| match list.find(number) {
            Some(entry) if entry.broken || !entry.block.is_home() => {
                entry.block = block;
                entry.task = task;
                entry.broken = false;
                // A new block: it has the time that the object has now.
                entry.set_retimed(false);
                true
            }
            _ => false,
        })
    }

    /// The object has been given another time: each block has it from its next renewal on.
    pub(crate) fn retime(&self, py: Python<'_>) {
        self.0.with(py, |list| list.first.iter_mut().chain(&mut list.rest).for_each(|entry| entry.set_retimed(true)));
    }

    /// Is this entry's block to get the object's time now? Once.
    pub(super) fn take_retimed(&self, py: Python<'_>, number: u64) -> bool {
        self.0.with(py, |list| {
            let entry = list.find(number).filter(|entry| entry.retimed);
            entry.map(|entry| entry.set_retimed(false)).is_some()
        })
    }

    /// The code that entered it; no code of Python's runs.
    pub(crate) fn code(&self, py: Python<'_>) -> Option<Py<PyAny>> {
        self.0.with(py, |list| {
            let entry = list.first.as_ref().or(list.rest.last())?;
            // SAFETY: the entry's own reference, or null.
            unsafe { Bound::from_borrowed_ptr_or_opt(py, entry.code) }.map(Bound::unbind)
        })
    }
}
