//! What a block was asked to be, checked.

use crate::time::Span;

#[derive(Debug, Clone, Copy)]
pub(crate) struct Options {
    /// `max_exec_time` or `drain_time`.
    pub(crate) budget: Span,
    pub(crate) drain: bool,
    /// `run_at_exit`: it starts although a shutdown is pending (C12).
    pub(crate) regardless: bool,
    pub(crate) name: Option<&'static str>,
}
