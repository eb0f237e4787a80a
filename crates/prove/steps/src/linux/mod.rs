//! The tool: options, programs, a campaign for each, the report.

mod breakpoint;
mod campaign;
mod explore;
mod judge;
mod map;
mod options;
mod programs;
mod report;
mod route;
mod server;
mod shot;
mod tally;
mod tracer;
mod watchdog;
mod way;

use std::error::Error;
use std::process::ExitCode;
use std::time::{Duration, Instant};

use campaign::{Found, Limits};
use options::Options;
use programs::{Expected, Program};

/// What a program with a share of 1 has.
const SHORT: Duration = Duration::from_secs(4);
const FULL: Duration = Duration::from_secs(60);

pub(crate) fn main() -> Result<ExitCode, Box<dyn Error + Send + Sync>> {
    let options = Options::parse()?;
    let programs = programs::all(&options)?;
    if programs.is_empty() {
        return Err("there is no such program".into());
    }
    let begin = Instant::now();
    let mut all_found = Vec::new();
    for program in &programs {
        let limits = Limits {
            time: time(program, &options),
            at: options.at,
            all_pairs: options.all_pairs || options.at.is_some(),
        };
        let Some(found) = campaign::run(program, limits)? else {
            println!("SKIPPED: the system does not allow one program to trace another, or has no breakpoints");
            return Ok(ExitCode::SUCCESS);
        };
        let total = found.tally.total();
        println!(
            "{}: {} cases, {} torn, {} other faults",
            program.name,
            total.cases,
            total.torn,
            total.faults() - total.torn
        );
        all_found.push(found);
        if let Some(out) = &options.out {
            std::fs::write(out, report::document(&all_found, &options))?;
        }
    }
    println!("\n{}\ntook {:.0} s", report::tables(&all_found), begin.elapsed().as_secs_f64());
    let bad = all_found.iter().filter(|found| !is_as_expected(found, options.at.is_some())).count();
    if bad == 0 {
        println!(
            "under protection: nothing torn, nothing lost, no wrong status, nothing hung; and the tool finds what is torn"
        );
    }
    Ok(if bad == 0 { ExitCode::SUCCESS } else { ExitCode::FAILURE })
}

fn time(program: &Program, options: &Options) -> Option<Duration> {
    match (options.short, program.sampled) {
        (true, _) => Some(SHORT.mul_f64(program.share)),
        (false, true) => Some(FULL.mul_f64(program.share)),
        (false, false) => None,
    }
}

/// Says what is not.
fn is_as_expected(found: &Found, is_one: bool) -> bool {
    let (name, total) = (&found.program.name, found.tally.total());
    if total.not_sent * 10 > total.cases && !is_one {
        println!("FAILED: {name}: {} of {} signals were not sent", total.not_sent, total.cases);
        return false;
    }
    match found.program.expected {
        Expected::Torn if total.torn == 0 => {
            println!("FAILED: {name} was not torn: the tool does not see what it looks for");
            false
        }
        Expected::Torn => true,
        Expected::Whole => {
            if !found.faults.is_empty() {
                println!("FAILED: {name}: {} faults", found.faults.len());
            }
            found.faults.is_empty()
        }
    }
}
