//! What an owner meets at its start, at its breakpoint and at its deadline (C9 to C13). These change no
//! state.

use super::{Machine, Phase};
use crate::error::{InterruptCause, Interrupted};
use crate::time::Time;

/// Where a block stands among the blocks of its owner.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(crate) struct Nest {
    /// Another block of the owner is open.
    pub(crate) outer_open: bool,
    /// Another block of the owner is open and has not lapsed.
    pub(crate) outer_holds: bool,
    /// The latest deadline of the owner's open blocks, this one's included.
    pub(crate) deadline: Option<Time>,
}

/// What the owner is told.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Verdict {
    /// Nothing is pending: go on, and renew.
    Calm,
    /// A shutdown is pending, but not for this owner here: go on; nothing is renewed (C13).
    Hold,
    /// Stop.
    Interrupt(Interrupted),
}

impl Machine {
    /// C12. `regardless`: the block has `run_at_exit`, or starts in `before_termination` or in an exit
    /// function.
    pub(crate) fn at_start(&self, nest: Nest, regardless: bool) -> Verdict {
        match self.phase {
            Phase::Idle => Verdict::Calm,
            _ if nest.outer_open || regardless => Verdict::Hold,
            _ => Verdict::Interrupt(self.interrupted(InterruptCause::Break)),
        }
    }

    /// C9, C10, C13: at `allow_break()` and at a normal end.
    pub(crate) fn at_break(&self, nest: Nest, now: Time) -> Verdict {
        match self.phase {
            Phase::Idle => Verdict::Calm,
            _ if nest.outer_holds => Verdict::Hold,
            _ if nest.deadline.is_some_and(|deadline| deadline <= now) => {
                Verdict::Interrupt(self.interrupted(InterruptCause::Deadline))
            }
            _ => Verdict::Interrupt(self.interrupted(InterruptCause::Break)),
        }
    }

    /// C11: has the owner's time run out?
    pub(crate) fn at_deadline(&self, nest: Nest, now: Time) -> Verdict {
        match self.phase {
            Phase::Idle => Verdict::Calm,
            _ if self.forced => Verdict::Interrupt(self.interrupted(InterruptCause::Attempts)),
            _ if nest.deadline.is_none_or(|deadline| deadline <= now) => {
                Verdict::Interrupt(self.interrupted(InterruptCause::Deadline))
            }
            _ => Verdict::Hold,
        }
    }

    fn interrupted(&self, cause: InterruptCause) -> Interrupted {
        Interrupted {
            event: self.status_event(),
            cause: if self.forced { InterruptCause::Attempts } else { cause },
            attempts: self.attempts,
        }
    }
}
