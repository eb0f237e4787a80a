//! Fifty busy threads beside the supervisor: deadlines hold all the same, and how late they come is measured.

use prove_common::Result;
use prove_common::lateness::{COLUMNS, ms};
use prove_common::page::{Page, row};
use prove_common::programs::Face;
use prove_common::shown::{DROPPED, Run, Runs};
use prove_common::system::SIGTERM;

use super::case::{Bench, MS, died};

/// The deadline, in milliseconds.
const TIME: u64 = 1_500;
/// What is still in time, by far: a loaded machine gives each of the threads its share.
const BOUND: u64 = 20_000 * MS;

const RUST: [(&str, &str, u64); 3] = [
    ("asks", "`check_deadline()`, and `main` returns", 0),
    ("future", "the future is dropped", 0),
    ("sleeps", "a blocked thread, and the hard stage after 0.1 s", 100),
];
const PYTHON: [(&str, &str, u64); 3] = [
    ("sleeps", "the main thread in `sleep`", 0),
    ("runs", "the main thread in a loop", 0),
    ("stuck", "stuck in C, and `force_exit_after` 0.1 s", 100),
];

pub(crate) fn run(bench: &Bench, page: &mut Page) -> Result {
    page.say("## A supervisor that is starved");
    page.say(&format!(
        "Fifty threads of the program compute all the time, and a block of {TIME} ms is told to end. \"Late\" is the end of the process \
         against its deadline. In Python the threads share the interpreter lock, for which the block's thread waits as long as it has to, \
         and which who is stuck in C keeps from all of them. A block that may have lapsed when its signal was taken shows nothing: such a run is \
         dropped, when it has ended by its signal and in time, and run again."
    ));
    let mut rows = vec![row(["block"].into_iter().chain(COLUMNS).chain([DROPPED]))];
    for face in bench.programs.faces() {
        for (way, what, more) in if face == Face::Rust { RUST } else { PYTHON } {
            let name = format!("{}: {what}", face.name());
            let runs =
                Runs::one_by_one(&name, bench.programs.effort(8, 1), page.faults(), |_| one(bench, face, way, more));
            rows.push(row([name].into_iter().chain(runs.cells())));
        }
    }
    page.timed(&rows);
    Ok(())
}

fn one(bench: &Bench, face: Face, way: &str, more: u64) -> Result<Run> {
    let mut child = bench.start(face, "deadline", &[way, &TIME.to_string(), "50"])?;
    let start = child.number("start ")?;
    child.expect("ready")?;
    let (_, taken) = child.signal_taken(SIGTERM)?;
    let end = child.end()?;
    died(&end, SIGTERM)?;
    let (deadline, hard) = (start + TIME * MS, more * MS);
    if end.ns > taken.max(deadline) + hard + BOUND {
        return Err(format!("it ended {} ms late", ms(end.ns - deadline)).into());
    }
    Ok(match taken < deadline {
        true => Run::Shown(deadline + hard, end.ns),
        false => Run::Dropped("the block may have lapsed when the signal came"),
    })
}
