//! The contract, rule by rule, as a parent process sees it.
//!
//! Each test starts the helper program `victim` with one scenario, sends it real signals, and looks at what it
//! says and how it ends. A test's name begins with the rules that it holds. A victim prints nothing on standard
//! error unless a test says so, which holds on the way that the library never prints.

mod harness;

mod attempts;
mod blocks;
mod breaks;
mod callbacks;
mod deadline;
mod exits;
mod figures;
mod leaving;
mod living;
mod nesting;
mod plain;
mod report;
mod request;
mod server;
mod tasks;
mod tasks_many;
mod threads;
mod untaken;
mod waiting;

// Signals, forks, descriptors: what only Unix has.
#[cfg(unix)]
mod corners;
#[cfg(unix)]
mod daemon;
#[cfg(unix)]
mod foreign;
#[cfg(unix)]
mod fork;
#[cfg(unix)]
mod fork_futures;
#[cfg(unix)]
mod guests;
#[cfg(unix)]
mod hangup;
#[cfg(unix)]
mod native;
#[cfg(unix)]
mod pid1;
#[cfg(unix)]
mod races;
#[cfg(unix)]
mod restore;
#[cfg(unix)]
mod storm;
#[cfg(unix)]
mod storm_handlers;
#[cfg(unix)]
mod syscalls;

// Console events, windows, and what the system enforces.
#[cfg(windows)]
mod windows;
