//! How long the system lets the process live after an event (C21).

use std::time::Duration;

use crate::event::ShutdownEvent;

/// Unix ends nothing by itself: who sends a signal may send `SIGKILL` later, and tells nobody when.
pub(crate) fn of(_: ShutdownEvent, _window: bool) -> Option<Duration> {
    None
}
