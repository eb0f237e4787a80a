//! The events that come as signals, and their numbers.

use shutdown_protection::ShutdownEvent as Event;

pub(crate) const SIGNALS: [Event; 4] = [Event::SigInt, Event::SigTerm, Event::SigQuit, Event::SigHup];

pub(crate) fn number(event: Event) -> Option<i32> {
    match event {
        Event::SigInt => Some(libc::SIGINT),
        Event::SigTerm => Some(libc::SIGTERM),
        Event::SigQuit => Some(libc::SIGQUIT),
        Event::SigHup => Some(libc::SIGHUP),
        _ => None,
    }
}
