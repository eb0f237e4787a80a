//! The few calls to the system that scenarios need, behind safe names.
//!
//! The scenarios are written in Unix's words. On Windows a console event plays the part of a signal: Ctrl-C that of
//! `SIGINT`, Ctrl-Break that of `SIGTERM`.

#[cfg(unix)]
mod unix;
#[cfg(windows)]
mod windows;

use std::time::Duration;

#[cfg(unix)]
pub(crate) use unix::*;
#[cfg(windows)]
pub(crate) use windows::*;

/// Raises a signal further from the last one than the time within which two of a kind count as one (C2).
pub(crate) fn raise_apart(signal: i32) {
    std::thread::sleep(Duration::from_millis(60));
    raise(signal);
}
