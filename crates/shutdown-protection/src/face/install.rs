//! The engine in the face's process, and our handlers on top of the interpreter's.

use std::io;

use crate::engine::{self, GATE};
use crate::event::ShutdownEvent;
use crate::gate::NOT_INSTALLED;
use crate::os;

/// Installs the engine in this process, if it was not.
///
/// # Errors
///
/// The system refuses a handler or a thread.
pub fn install() -> io::Result<()> {
    engine::installed().map(drop)
}

/// Puts our handlers on top of what the interpreter has installed since.
///
/// # Errors
///
/// The system refuses a handler.
pub fn put_on_top() -> io::Result<()> {
    engine::installed()?.configure(|_| ())
}

/// Are the engine and its handlers in place in this process?
pub fn is_installed() -> bool {
    GATE.load() & NOT_INSTALLED == 0
}

/// Is our handler the one that the system calls for this event?
#[must_use]
pub fn is_on_top(event: ShutdownEvent) -> bool {
    os::install::is_on_top(event)
}

/// Runs `work` without events in this thread, where the system can keep them back; they come when it is done.
pub fn keeping_events_back<T>(work: impl FnOnce() -> T) -> T {
    os::thread::keeping_events_back(work)
}

/// For signal handlers of the face: runs `work`, and leaves `errno` as the interrupted code has it.
pub fn keeping_errno(work: impl FnOnce()) {
    os::handler::keeping_errno(work);
}
