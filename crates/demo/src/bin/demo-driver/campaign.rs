//! A campaign: the same import, interrupted again and again until every signal had its number of
//! runs.

use std::error::Error;
use std::path::Path;
use std::time::{Duration, Instant};

use fastrand::Rng;
use nix::sys::signal::Signal;
use transfers_demo::audit::Audit;
use transfers_demo::site::{Site, start_over};
use transfers_demo::transfer::Transfer;

use crate::child::{self, Ending, SIGNALS};
use crate::tally::Tally;

/// The longest that a run works before its signal. An import needs several runs of this length, so
/// that most signals come in the middle of it and some at its very end.
const LONGEST_DELAY: Duration = Duration::from_millis(30);

pub(crate) struct Plan {
    pub(crate) protected: bool,
    /// In each round, each signal is sent once.
    pub(crate) rounds: u32,
    pub(crate) time_limit: Duration,
}

/// Runs the campaign in its own fresh folder.
pub(crate) fn run(plan: &Plan, transfers: &[Transfer], rng: &mut Rng) -> Result<Tally, Box<dyn Error>> {
    let folder = tempfile::tempdir()?;
    let mut tally = Tally::default();
    let begin = Instant::now();
    let mut before = audit(folder.path(), transfers)?;
    for round in 0..plan.rounds {
        if begin.elapsed() > plan.time_limit {
            println!("the time is over after {round} of {} rounds", plan.rounds);
            break;
        }
        let mut signals = SIGNALS;
        rng.shuffle(&mut signals);
        for signal in signals {
            let delay = LONGEST_DELAY.mul_f64(rng.f64());
            let ending = child::run(folder.path(), plan.protected, signal, delay)?;
            before = examine(folder.path(), transfers, &before, (signal, ending), &mut tally)?;
        }
    }
    tally.duration = begin.elapsed();
    tally.check_that_each_signal_ended_a_run();
    Ok(tally)
}

/// Takes stock after a run, and gets the site ready for the next. Returns what that one starts
/// from.
fn examine(
    folder: &Path,
    transfers: &[Transfer],
    before: &Audit,
    (signal, ending): (Signal, Ending),
    tally: &mut Tally,
) -> Result<Audit, Box<dyn Error>> {
    let mut after = audit(folder, transfers)?;
    let all_done = after.complete.len() == transfers.len();
    if !before.complete.is_subset(&after.complete) {
        return Err("a transfer that was complete is not any more".into());
    }
    tally.count(signal, ending, all_done);
    tally.imported += after.complete.len() - before.complete.len();
    if after.torn() > 0 {
        tally.tear(signal, &after);
        let site = Site::open(folder, transfers)?;
        after.mend(&site)?;
        after = Audit::of(&site, transfers)?;
    }
    if after.waiting.is_empty() {
        tally.imports += 1;
        start_over(folder)?;
        after = audit(folder, transfers)?;
    }
    Ok(after)
}

fn audit(folder: &Path, transfers: &[Transfer]) -> Result<Audit, Box<dyn Error>> {
    Audit::of(&Site::open(folder, transfers)?, transfers)
}
