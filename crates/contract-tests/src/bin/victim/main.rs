//! A helper program with one scenario per name: `victim <scenario> [arguments]`.
//!
//! Each contract test needs a process of its own, because most of them end with the end of it. A scenario
//! does as little as shows one rule, says on its standard output what it sees, and hears on its standard
//! input when to go on. What is right or wrong is decided by the test, never here.

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
mod fork_use;
mod guests;
mod leaving;
mod living;
mod nesting;
mod os;
mod plain;
mod races;
mod races_handlers;
mod races_tasks;
mod report;
mod request;
mod restore;
mod runtimes;
mod server;
mod storm;
mod storm_handlers;
mod syscalls;
mod talk;
mod tasks;
mod tasks_dropped;
mod tasks_many;
mod threads;
mod waiting;

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
    breaks::SCENARIOS,
    callbacks::SCENARIOS,
    corners::SCENARIOS,
    daemon::SCENARIOS,
    deadline::SCENARIOS,
    exits::SCENARIOS,
    figures::SCENARIOS,
    foreign::SCENARIOS,
    fork::SCENARIOS,
    fork_use::SCENARIOS,
    guests::SCENARIOS,
    leaving::SCENARIOS,
    living::SCENARIOS,
    nesting::SCENARIOS,
    plain::SCENARIOS,
    races::SCENARIOS,
    races_handlers::SCENARIOS,
    races_tasks::SCENARIOS,
    report::SCENARIOS,
    request::SCENARIOS,
    restore::SCENARIOS,
    server::SCENARIOS,
    storm::SCENARIOS,
    storm_handlers::SCENARIOS,
    syscalls::SCENARIOS,
    tasks::SCENARIOS,
    tasks_dropped::SCENARIOS,
    tasks_many::SCENARIOS,
    threads::SCENARIOS,
    waiting::SCENARIOS,
];

fn main() -> Outcome {
    let wanted = talk::arg(0);
    let found = MODULES.iter().flat_map(|module| module.iter()).find(|(name, _)| *name == wanted);
    match found {
        Some((_, scenario)) => scenario(),
        None => Err(format!("no scenario is called {wanted:?}").into()),
    }
}
