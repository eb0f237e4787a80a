//! Starts a victim, talks with it, signals it, and reaps it: each wait has a watchdog, and a failure shows the
//! whole transcript.

mod ending;
mod os;
mod process;
#[cfg(windows)]
mod service;
mod victim;

pub(crate) use ending::Ending;
pub(crate) use os::*;
#[cfg(windows)]
pub(crate) use service::Manager;
pub(crate) use victim::Victim;
