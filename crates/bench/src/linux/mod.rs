//! All of the benchmark.
//!
//! - how it measures: `clock`, `harness`, `parallel`, `child`, `stats`
//! - what it measures: `contestants` (tables 1 to 4), `latency`, `reaped`, `overshoot`, `crowd`, `idle`
//! - what it says: `tables`, `report`, `table`, `machine`
//! - how long it takes: `effort`

mod child;
mod clock;
mod contestants;
mod crowd;
mod effort;
mod harness;
mod idle;
mod latency;
mod machine;
mod overshoot;
mod parallel;
mod reaped;
mod report;
mod stats;
mod table;
mod tables;

pub(crate) use child::Failure;

/// Measures everything, or, as a child of such a run, one part.
pub(crate) fn main(arguments: &[String]) -> Result<(), Failure> {
    match arguments {
        [mark, part, rest @ ..] if mark == child::MARK => one(part, rest),
        _ => tables::all(&effort::Options::parse(arguments)?),
    }
}

fn one(part: &str, arguments: &[String]) -> Result<(), Failure> {
    child::limit_time();
    match part {
        latency::PART => latency::run(arguments),
        reaped::PART => reaped::run(arguments),
        overshoot::PART => overshoot::run(arguments),
        crowd::PART => crowd::run(arguments),
        idle::PART => idle::run(arguments),
        _ => Err(format!("no such part: {part}").into()),
    }
}
