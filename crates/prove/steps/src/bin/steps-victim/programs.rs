//! The programs: small, so that every instruction of them can have its signal.
//!
//! The region ends with the process: what the program does on its way out belongs to it.

mod one_thread;
mod two_threads;

use shutdown_protection::Interrupted;
use std::time::Duration;

use crate::ledger::Ledger;

pub(crate) type Program = fn(&'static Ledger) -> Result<(), Interrupted>;

/// Longer than the watchdog waits: no block lapses here.
const LONG: Duration = Duration::from_secs(600);

pub(crate) fn named(name: &str) -> Program {
    match name {
        "blocks" => one_thread::blocks,
        "nested" => one_thread::nested,
        "second" => one_thread::second,
        "unprotected" => one_thread::unprotected,
        "threads" => two_threads::main_thread,
        "worker" => two_threads::worker,
        "race" => two_threads::race,
        other => panic!("there is no program {other}"),
    }
}
