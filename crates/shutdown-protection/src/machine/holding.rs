//! Which of the open blocks hold the end: not those that were started too late (C12, C24), and not those that the main thread
//! has left behind by an interrupt (C9).
//!
//! The census looks at all blocks and asks this of each; the engine cannot hand them over, the machine knows no list.

use super::{Input, Machine, Phase};
use crate::time::Time;

/// What decides it, as it is once an input has been taken.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Holding {
    last_start: Time,
    broken: u64,
}

impl Holding {
    /// Does it, for a block that is open and has not lapsed? `number`: which of the main thread's own blocks it is, from 1 on;
    /// `None`: it is another owner's.
    pub(crate) fn counts(self, started: Time, number: Option<u64>) -> bool {
        started <= self.last_start && number.is_none_or(|number| number > self.broken)
    }
}

impl Machine {
    /// What the census of a step with this input has to know.
    pub(crate) fn holding_behind(&self, input: Input) -> Holding {
        Holding { last_start: self.last_start(), broken: self.broken_behind(input) }
    }

    /// C12, C24: a block that is started after this holds the end no more, so that a thread that starts one after another
    /// does not put the hard stage off for ever. One that was started before has its time.
    pub(crate) fn last_start(&self) -> Time {
        match self.phase {
            Phase::Delivered { last_start, .. } => last_start,
            Phase::Ending { last_start, .. } if self.unwinds_in_callback() => last_start,
            _ => Time::NEVER,
        }
    }

    /// C14, C15: does an event loop go on for such a block of one of its tasks? Its end would tear the block; so it comes behind it,
    /// unless the end of the process has come already.
    pub(crate) fn holds_loops(&self, started: Time) -> bool {
        let has_come = self.forced || matches!(self.phase, Phase::Idle | Phase::Delivered { .. });
        !has_come && started <= self.last_start()
    }

    /// C9: the main thread was interrupted at a breakpoint, also at one of a block that is around others of its own. It waits
    /// for the blocks of other owners (C18), and not for those that it is about to leave; what it starts behind that is new.
    /// Until it has handled the interrupt, and lives on inside of them (C26).
    pub(super) fn broken_behind(&self, input: Input) -> u64 {
        match input {
            Input::Broken { started } if self.is_pending() => started,
            Input::Handled => 0,
            _ => self.broken,
        }
    }
}
