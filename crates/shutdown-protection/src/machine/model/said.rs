//! The contract said a second time of what owners tell: errors of the program's own (C10, C19), and the main thread's interrupts
//! (C9, C26). As naively as the rest: all that was said since the last shutdown was forgotten, and questions to it.
//!
//! Apart from the other log, since it also says what happens where the end is raised. Whether something is pending it takes from
//! the machine.

use crate::machine::{Input, Left};
use crate::time::{Span, Time};

#[derive(Debug, Clone)]
pub(super) struct Said {
    raises: bool,
    /// What was said while a shutdown was pending.
    log: Vec<Input>,
}

impl Said {
    pub(super) fn new(raises: bool) -> Self {
        Self { raises, log: Vec::new() }
    }

    pub(super) fn note(&mut self, input: Input, was_pending: bool) {
        if was_pending {
            self.log.push(input);
        }
    }

    /// C26
    pub(super) fn forget(&mut self) {
        self.log.clear();
    }

    /// C9: has the main thread left this block of its own behind? Not one that it started after its last interrupt, nor one that
    /// it lives on in.
    fn is_left(&self, number: u64) -> bool {
        let last = self.log.iter().rfind(|input| matches!(input, Input::Broken { .. } | Input::Handled));
        matches!(last, Some(Input::Broken { started }) if (1..=*started).contains(&number))
    }

    /// Does a block count that is open? `number`: as the main thread's.
    pub(super) fn counts(&self, started: Time, number: Option<u64>, last_start: Time) -> bool {
        let late = last_start.until(started) > Span(0).into();
        !late && !number.is_some_and(|number| self.is_left(number))
    }

    /// C10: has the program an error of its own, which is not behind it?
    fn has_own_error(&self) -> bool {
        let raised = self.log.iter().rposition(|input| matches!(input, Input::Raising { .. }));
        let chosen = raised.is_some_and(|at| self.log[at] == Input::Raising { own_status: true });
        // A `SystemExit` of another thread than the main one says nothing of the program.
        let own = |input: &Input| match input {
            Input::Failed { on_main: true } => true,
            Input::Failed { on_main: false } => !self.raises,
            _ => false,
        };
        chosen || self.log[raised.unwrap_or(0)..].iter().any(own)
    }

    /// C19: is this exit the program's own, not the shutdown's?
    pub(super) fn is_own(&self, left: Left) -> bool {
        let error = self.has_own_error();
        match (left, self.raises) {
            (Left::Otherwise, _) => true,
            (Left::AsTold, _) | (Left::Well, false) => false,
            (Left::Well, true) | (Left::Failed | Left::Unknown, _) => error,
        }
    }
}
