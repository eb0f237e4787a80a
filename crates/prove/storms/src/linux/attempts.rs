//! The ladder of attempts (C2, C5): signals at known gaps, until the one that ends the process.
//!
//! When a signal was taken is known from both sides: after it was sent, and before the kernel has none waiting any more. So a
//! gap is short or long for sure, or the machine was too slow for this ladder, which is climbed again.

use std::thread;
use std::time::Duration;

use prove_common::Result;
use prove_common::child::{Child, End};
use prove_common::clock::monotonic_ns;
use prove_common::lateness::COLUMNS;
use prove_common::page::{Page, row};
use prove_common::shown::{DROPPED, Run, Runs};
use prove_common::system::{SIGINT, SIGTERM, settled};

use crate::linux::WATCHDOG;
use prove_common::programs::{Face, Programs};

/// Signals of one kind that come within this time of the first are one attempt (C2).
const BURST: u64 = 50_000_000;

/// A signal: its number, the milliseconds before it, and whether it is an attempt.
type Step = (i32, u64, bool);

const LADDERS: [(&str, u32, &[Step]); 9] = [
    ("1 attempt", 1, &[(SIGTERM, 0, true)]),
    ("2 attempts, 70 ms apart", 2, &[(SIGTERM, 0, true), (SIGTERM, 70, true)]),
    ("3 attempts, 70 ms apart", 3, &[(SIGTERM, 0, true), (SIGTERM, 70, true), (SIGTERM, 70, true)]),
    ("3 attempts of two kinds, at once", 3, &[(SIGTERM, 0, true), (SIGINT, 0, true), (SIGTERM, 70, true)]),
    ("4 attempts of two kinds", 4, &[(SIGINT, 0, true), (SIGTERM, 5, true), (SIGINT, 70, true), (SIGTERM, 5, true)]),
    (
        "3 attempts, each sent twice, 10 ms apart",
        3,
        &[(SIGTERM, 0, true), (SIGTERM, 10, false), (SIGTERM, 70, true), (SIGTERM, 10, false), (SIGTERM, 70, true)],
    ),
    (
        "2 attempts: 6 signals 8 ms apart are the first",
        2,
        &[
            (SIGINT, 0, true),
            (SIGINT, 8, false),
            (SIGINT, 8, false),
            (SIGINT, 8, false),
            (SIGINT, 8, false),
            (SIGTERM, 8, true),
        ],
    ),
    (
        "2 attempts: the window counts from the first",
        2,
        &[(SIGTERM, 0, true), (SIGTERM, 30, false), (SIGTERM, 45, true)],
    ),
    (
        "5 attempts, 300 ms apart",
        5,
        &[(SIGINT, 0, true), (SIGINT, 300, true), (SIGINT, 300, true), (SIGINT, 300, true), (SIGINT, 300, true)],
    ),
];

pub(crate) fn run(programs: &Programs, page: &mut Page) -> Result {
    page.say("## The ladder of attempts");
    page.say(
        "A block that nothing ends but attempts. The process must live until the signal that reaches `max_attempts`, and then die by \
         that one. \"Late\" is the time from that signal to the end. A ladder on which a gap was neither short nor long for sure is \
         dropped, and climbed again.",
    );
    let mut rows = vec![row(["ladder"].into_iter().chain(COLUMNS).chain([DROPPED]))];
    for face in programs.faces() {
        for (name, most, steps) in LADDERS {
            let name = format!("{}: {name}", face.name());
            let runs = Runs::all(&name, programs.effort(40, 2), page.faults(), |_| climb(programs, face, most, steps));
            rows.push(row([name].into_iter().chain(runs.cells())));
        }
    }
    page.timed(&rows);
    Ok(())
}

/// When the last signal was sent, and when the process was gone; dropped if a gap was of no known length.
fn climb(programs: &Programs, face: Face, most: u32, steps: &[Step]) -> Result<Run> {
    let mut child = Child::start(programs.command(face, "stair", [most.to_string().as_str()]), WATCHDOG)?;
    child.expect("ready")?;
    // By kind, when the first of its window was sent, and when it was taken for sure.
    let mut windows: Vec<(i32, u64, u64)> = Vec::new();
    let (mut attempts, mut known, mut sents) = (0, true, Vec::new());
    for (index, &(signal, gap, counts)) in steps.iter().enumerate() {
        thread::sleep(Duration::from_millis(gap));
        let sent = child.signal(signal);
        sents.push(sent);
        attempts += u32::from(counts);
        if attempts == most {
            // Its gap must have been long for sure: from when the former was taken to when this was sent.
            known &= windows.iter().all(|&(kind, _, taken)| kind != signal || sent > taken + BURST);
            let end = child.end()?;
            if !known {
                return too_slow(&end, &sents, most, &steps[..=index]);
            }
            if index + 1 != steps.len() || end.signal() != Some(signal) {
                return Err(format!("the last attempt was signal {signal}, it ended with {}", end.status()).into());
            }
            return Ok(Run::Shown(sent, end.ns));
        }
        if !settled(child.pid()) {
            return Err("a signal is never taken".into());
        }
        let taken = monotonic_ns();
        match windows.iter_mut().find(|window| window.0 == signal) {
            None => windows.push((signal, sent, taken)),
            Some(window) if counts => {
                known &= sent > window.2 + BURST;
                (window.1, window.2) = (sent, taken);
            }
            Some(window) => known &= taken < window.1 + BURST,
        }
    }
    Err("the ladder has too few attempts".into())
}

/// A gap may have been short or long. In any case so many attempts take so many signals, and it dies by one of them.
fn too_slow(end: &End, sents: &[u64], most: u32, steps: &[Step]) -> Result<Run> {
    let fewest = sents.get(most as usize - 1).ok_or("the ladder has too few signals")?;
    if end.ns < *fewest || !steps.iter().any(|step| end.signal() == Some(step.0)) {
        return Err(format!("it ended with {}, too early or by what was not sent", end.status()).into());
    }
    Ok(Run::Dropped("a gap of no known length"))
}
