//! Fifty busy threads beside the supervisor: deadlines hold all the same, and how late they come is measured.

use prove_common::Result;
use prove_common::lateness::{COLUMNS, Lateness};
use prove_common::page::{Page, row};
use prove_common::programs::Face;
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
         against its deadline. In Python the threads share the interpreter lock."
    ));
    let mut rows = vec![row(["block"].into_iter().chain(COLUMNS))];
    for face in bench.programs.faces() {
        for (way, what, more) in if face == Face::Rust { RUST } else { PYTHON } {
            let mut late = Lateness::default();
            for _ in 0..bench.programs.effort(8, 1) {
                match one(bench, face, way, more) {
                    // The machine was too slow: the block may have lapsed when the event came.
                    Ok(None) => {}
                    Ok(Some((promised, end))) => {
                        let held = late.record(promised, end) && end < promised + BOUND;
                        page.faults().check(held, || format!("starved, {}, {what}: not in time", face.name()));
                    }
                    Err(error) => page.faults().tell(format!("starved, {}, {what}: {error}", face.name())),
                }
            }
            rows.push(row([format!("{}: {what}", face.name())].into_iter().chain(late.cells())));
        }
    }
    page.table(&rows);
    Ok(())
}

fn one(bench: &Bench, face: Face, way: &str, more: u64) -> Result<Option<(u64, u64)>> {
    let mut child = bench.start(face, "deadline", &[way, &TIME.to_string(), "50"])?;
    let start = child.number("start ")?;
    child.expect("ready")?;
    let Ok((_, taken)) = child.signal_taken(SIGTERM) else { return Ok(None) };
    let end = child.end()?;
    died(&end, SIGTERM)?;
    let deadline = start + TIME * MS;
    Ok((taken < deadline).then_some((deadline + more * MS, end.ns)))
}
