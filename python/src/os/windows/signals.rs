//! The signals of the C runtime, and their numbers. The console's events come without the interpreter.

use shutdown_protection::ShutdownEvent as Event;

pub(crate) const SIGNALS: [Event; 3] = [Event::SigInt, Event::SigTerm, Event::SigBreak];

/// As `signal.h` has them.
pub(crate) fn number(event: Event) -> Option<i32> {
    match event {
        Event::SigInt => Some(2),
        Event::SigTerm => Some(15),
        Event::SigBreak => Some(21),
        _ => None,
    }
}
