//! C21: what the system grants. After some events it ends the process itself, in a time that it has set; no deadline
//! is later than that allows, and neither is the end.
//!
//! Counted back from the moment at which the system ends the process: 0.5 s before it the last block has lapsed, 0.3 s
//! before it `before_termination` is not waited for any more, 0.1 s before it the hard stage (C24) ends the process with
//! its own status.

use super::{Arrival, Input, Machine};
use crate::event::ShutdownEvent;
use crate::time::{Span, Time};

/// From the last deadline to the system's own end.
const FOR_THE_END: Span = Span::from_millis(500);
/// From the limit of `before_termination`.
const FOR_UNWINDING: Span = Span::from_millis(300);
/// From the hard stage: for the end itself, on a machine that is busy because everything ends.
const FOR_THE_HARD_STAGE: Span = Span::from_millis(100);

/// What a pending shutdown does to the deadlines of blocks.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Bounds {
    /// When it became pending, from which drain times run.
    pub(crate) first_at: Time,
    /// No deadline is later.
    pub(crate) limit: Time,
}

impl From<Time> for Bounds {
    /// Where the system ends nothing.
    fn from(first_at: Time) -> Self {
        Self { first_at, limit: Time::NEVER }
    }
}

impl Machine {
    /// When the system ends the process.
    pub(crate) fn enforced_at(&self) -> Time {
        self.enforced_at
    }

    /// By then the last block has lapsed.
    pub(crate) fn limit(&self) -> Time {
        back(self.enforced_at, FOR_THE_END)
    }

    /// The same once this input has been taken: what the census of the step has to know.
    pub(crate) fn limit_behind(&self, input: Input, now: Time) -> Time {
        back(self.enforced_at.min(self.enforces(input, now)), FOR_THE_END)
    }

    /// Until then `before_termination` is waited for.
    pub(super) fn callback_until(&self) -> Time {
        back(self.enforced_at, FOR_UNWINDING)
    }

    /// Then the process is ended by us, if it has not ended.
    pub(super) fn ended_by(&self) -> Time {
        back(self.enforced_at, FOR_THE_HARD_STAGE)
    }

    /// Notes the time that the system grants with this input.
    pub(super) fn note_grant(&mut self, input: Input, now: Time) {
        self.enforced_at = self.enforced_at.min(self.enforces(input, now));
    }

    fn enforces(&self, input: Input, now: Time) -> Time {
        match input {
            Input::Event(Arrival { event, grant: Some(grant), .. }) if !self.ignores(event) => now.plus(grant),
            _ => Time::NEVER,
        }
    }

    /// C6: with `terminate_on_logoff=False` a logoff is not ours to act on.
    pub(super) fn ignores(&self, event: ShutdownEvent) -> bool {
        event == ShutdownEvent::CtrlLogoff && !self.rules.terminate_on_logoff
    }
}

/// A time before the system's own end, if there is one.
fn back(enforced_at: Time, span: Span) -> Time {
    if enforced_at == Time::NEVER { Time::NEVER } else { Time(enforced_at.0.saturating_sub(span.0)) }
}
