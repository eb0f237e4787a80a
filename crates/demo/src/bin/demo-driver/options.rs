//! The options of the driver: how often, how long, which seed.

use std::process;
use std::time::Duration;

use crate::campaign::Plan;

const USAGE: &str = "\
usage: demo-driver [--short] [--seed N]

  --short    about a quarter of the runs
  --seed N   the seed of the random moments and of the order of the signals; the default is a new
             one, which is printed";

pub(crate) struct Options {
    pub(crate) seed: u64,
    pub(crate) unprotected: Plan,
    pub(crate) protected: Plan,
}

impl Options {
    pub(crate) fn parse() -> Result<Self, lexopt::Error> {
        use lexopt::ValueExt;

        let mut short = false;
        let mut seed = None;
        let mut arguments = lexopt::Parser::from_env();
        while let Some(argument) = arguments.next()? {
            match argument {
                lexopt::Arg::Long("short") => short = true,
                lexopt::Arg::Long("seed") => seed = Some(arguments.value()?.parse()?),
                lexopt::Arg::Long("help") | lexopt::Arg::Short('h') => {
                    println!("{USAGE}");
                    process::exit(0);
                }
                _ => {
                    eprintln!("{USAGE}");
                    return Err(argument.unexpected());
                }
            }
        }

        // The limits keep a slow or loaded machine from taking minutes; on a usual one the rounds
        // come first.
        let plan = |protected, rounds, seconds| {
            let (rounds, seconds) = if short { (rounds / 4, seconds / 4) } else { (rounds, seconds) };
            Plan { protected, rounds, time_limit: Duration::from_secs(seconds) }
        };
        Ok(Self {
            // Short, because a person may want to type it.
            seed: seed.unwrap_or_else(|| fastrand::u64(..1_000_000)),
            unprotected: plan(false, 60, 10),
            protected: plan(true, 160, 36),
        })
    }
}
