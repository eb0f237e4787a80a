//! C19: the event that the exit status shows, or the program's own error, which keeps its own (C10).

use super::{Input, Machine};
use crate::event::ShutdownEvent;

/// How the program exits, as far as the system and the face can tell.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Left {
    /// Nobody tells.
    Unknown,
    /// As after a success.
    Well,
    /// As `main` does that returns an error, be it `Interrupted` or another.
    Failed,
    /// By an exception of the end.
    AsTold,
    /// By a status that only the program itself can have chosen.
    Otherwise,
}

impl Machine {
    /// The event whose status the process ends with.
    pub(super) fn status_event(&self) -> ShutdownEvent {
        let event = if self.forced { self.last } else { self.first };
        event.unwrap_or(ShutdownEvent::Exit)
    }

    /// The event that must be seen in the exit status, when the program exits by itself (C28).
    pub(crate) fn status_at_exit(&self, left: Left) -> Option<ShutdownEvent> {
        let event = self.status_event();
        (self.is_pending() && event != ShutdownEvent::Exit && !self.keeps_its_own(left)).then_some(event)
    }

    fn keeps_its_own(&self, left: Left) -> bool {
        match left {
            Left::Unknown | Left::Failed => self.own_error,
            // An exit of the program's own, where it is an exception; else a `main` that has returned.
            Left::Well => self.own_error && self.rules.raises,
            Left::AsTold => false,
            Left::Otherwise => true,
        }
    }

    /// Notes with this input whether the program has an error of its own.
    pub(super) fn note_own_error(&mut self, input: Input) {
        match input {
            _ if !self.is_pending() => {}
            // Where the end is an exception, an exit by the program's own is one, too, and ends only the thread that it is
            // raised in. Elsewhere `main` may return what another thread has ended with.
            Input::Failed { on_main } => self.own_error |= on_main || !self.rules.raises,
            // Behind this, the program ends as it was told; or with what it has chosen for it.
            Input::Raising { own_status } => self.own_error = own_status,
            _ => {}
        }
    }
}
