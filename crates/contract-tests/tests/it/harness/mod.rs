//! Starts a victim, talks with it, signals it, and reaps it: each wait has a watchdog, and a failure shows the
//! whole transcript.

mod ending;
mod proc;
mod victim;

pub(crate) use ending::Ending;
pub(crate) use proc::{monotonic_ns, settled, signal};
pub(crate) use victim::{Preparation, Victim, inherit_nothing};

pub(crate) use libc::{SIGHUP, SIGINT, SIGQUIT, SIGTERM};

/// How the victim writes the event of a signal.
pub(crate) fn event(signal: i32) -> &'static str {
    match signal {
        SIGINT => "SigInt",
        SIGTERM => "SigTerm",
        SIGQUIT => "SigQuit",
        SIGHUP => "SigHup",
        other => panic!("signal {other} is no event"),
    }
}
