//! Starts a victim, talks with it, signals it, and reaps it: each wait has a watchdog, and a failure shows the
//! whole transcript.

mod ending;
mod os;
mod victim;

pub(crate) use ending::Ending;
pub(crate) use os::*;
pub(crate) use victim::Victim;
