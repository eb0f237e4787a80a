//! The contract, rule by rule, as a parent process sees it.
//!
//! Each test starts the helper program `victim` with one scenario, sends it real signals, and looks at what it
//! says and how it ends. A test's name begins with the rules that it holds. A victim prints nothing on standard
//! error unless a test says so, which holds on the way that the library never prints.

#![cfg(unix)]

mod harness;

mod attempts;
mod breaks;
mod callbacks;
mod corners;
mod daemon;
mod deadline;
mod exits;
mod figures;
mod foreign;
mod fork;
mod guests;
mod leaving;
mod living;
mod nesting;
mod pid1;
mod plain;
mod races;
mod report;
mod request;
mod restore;
mod server;
mod storm;
mod storm_handlers;
mod syscalls;
mod tasks;
mod tasks_many;
mod threads;
mod waiting;
