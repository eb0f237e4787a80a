//! A helper program with one scenario per name: `victim <scenario> [arguments]`.
//!
//! Each contract test needs a process of its own, because most of them end with the end of it. A scenario
//! does as little as shows one rule, says on its standard output what it sees, and hears on its standard
//! input when to go on. What is right or wrong is decided by the test, never here.

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
mod os;
mod plain;
mod report;
mod request;
mod runtimes;
mod server;
mod talk;
mod tasks;
mod tasks_dropped;
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
mod fork_use;
#[cfg(unix)]
mod guests;
#[cfg(unix)]
mod guests_chain;
#[cfg(unix)]
mod hangup;
#[cfg(unix)]
mod native;
#[cfg(unix)]
mod races;
#[cfg(unix)]
mod races_handlers;
#[cfg(unix)]
mod races_tasks;
#[cfg(unix)]
mod restore;
#[cfg(unix)]
mod storm;
#[cfg(unix)]
mod storm_handlers;
#[cfg(unix)]
mod syscalls;

// What only Windows has.
#[cfg(windows)]
mod windows;

use std::error::Error;
use std::process::ExitCode;

/// What the `main` of a scenario returns.
type Outcome = Result<ExitCode, Box<dyn Error>>;

type Scenario = fn() -> Outcome;

/// The ordinary end of a scenario.
const DONE: Outcome = Ok(ExitCode::SUCCESS);

/// Lists the scenarios of a module under their own names.
macro_rules! scenarios {
    ($($name:ident),* $(,)?) => {
        pub(crate) const SCENARIOS: &[(&str, $crate::Scenario)] = &[$((stringify!($name), $name)),*];
    };
}
use scenarios;

const MODULES: &[&[(&str, Scenario)]] = &[
    attempts::SCENARIOS,
    blocks::SCENARIOS,
    breaks::SCENARIOS,
    callbacks::SCENARIOS,
    deadline::SCENARIOS,
    exits::SCENARIOS,
    figures::SCENARIOS,
    leaving::SCENARIOS,
    living::SCENARIOS,
    nesting::SCENARIOS,
    plain::SCENARIOS,
    report::SCENARIOS,
    request::SCENARIOS,
    server::SCENARIOS,
    tasks::SCENARIOS,
    tasks_dropped::SCENARIOS,
    tasks_many::SCENARIOS,
    threads::SCENARIOS,
    untaken::SCENARIOS,
    waiting::SCENARIOS,
];

#[cfg(unix)]
const OF_THE_SYSTEM: &[&[(&str, Scenario)]] = &[
    corners::SCENARIOS,
    daemon::SCENARIOS,
    foreign::SCENARIOS,
    fork::SCENARIOS,
    fork_futures::SCENARIOS,
    fork_use::SCENARIOS,
    guests::SCENARIOS,
    guests_chain::SCENARIOS,
    hangup::SCENARIOS,
    native::SCENARIOS,
    races::SCENARIOS,
    races_handlers::SCENARIOS,
    races_tasks::SCENARIOS,
    restore::SCENARIOS,
    storm::SCENARIOS,
    storm_handlers::SCENARIOS,
    syscalls::SCENARIOS,
];
#[cfg(windows)]
const OF_THE_SYSTEM: &[&[(&str, Scenario)]] = windows::MODULES;

fn main() -> Outcome {
    scenario()
}

/// The one that is wanted.
fn scenario() -> Outcome {
    let wanted = talk::arg(0);
    let found = MODULES.iter().chain(OF_THE_SYSTEM).copied().flatten().find(|(name, _)| *name == wanted);
    match found {
        Some((_, scenario)) => scenario(),
        None => Err(format!("no scenario is called {wanted:?}").into()),
    }
}
