//! What a test asks of the system: to deliver an event, to read a clock, to tell how a process has ended.
//!
//! The tests are written in Unix's words. On Windows a console event plays the part of a signal.

#[cfg(unix)]
mod unix;
#[cfg(windows)]
mod windows;

#[cfg(unix)]
pub(crate) use unix::*;
#[cfg(windows)]
pub(crate) use windows::*;
