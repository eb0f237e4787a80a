//! What a case has shown.

use nix::sys::signal::Signal;
use nix::sys::wait::WaitStatus;

use super::programs::Program;
use super::route::Route;
use super::shot::{Ending, Shot};

/// The event of their own that some programs have.
const OWN_EVENT: Signal = Signal::SIGTERM;

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Verdict {
    /// It died by the signal of the first event (C1, C3, C19).
    Right,
    /// It ended as if there had been no event.
    Lost,
    /// It ended in another way.
    WrongStatus,
    Hung,
    /// The signal was not sent, or to a thread that was beyond getting any.
    NotSent,
}

pub(crate) fn judge(program: &Program, shot: Shot, route: &Route, ending: &Ending) -> Verdict {
    let (status, behind_own, delivered) = match ending {
        Ending::Hung(_) => return Verdict::Hung,
        Ending::Missed => return Verdict::NotSent,
        Ending::Hit { status, behind_own, delivered } => (status, *behind_own, delivered),
    };
    match status {
        WaitStatus::Signaled(_, signal, _) if first_events(shot, route, behind_own).contains(signal) => Verdict::Right,
        WaitStatus::Exited(_, 0) if !delivered && program.to_who_ends.contains(&shot.way) => Verdict::NotSent,
        WaitStatus::Exited(_, 0) => Verdict::Lost,
        _ => Verdict::WrongStatus,
    }
}

/// Whose signal may be that of the end. While the handler of the program's own event runs, either may be the first that a
/// handler puts down.
fn first_events(shot: Shot, route: &Route, behind_own: bool) -> Vec<Signal> {
    match &route.handler {
        Some(handler) if behind_own && shot.instruction >= handler.end => vec![OWN_EVENT],
        // A breakpoint that is met often may have been met once more or less than in the first run.
        Some(_) if behind_own => vec![shot.signal, OWN_EVENT],
        _ => vec![shot.signal],
    }
}
