//! The ladder of deadlines (C3, C5, C11, C22, C24): one signal, and the exact time of the end.
//!
//! The program reads the clock before it starts its block, so its deadline is no earlier than that and its time: an end
//! before that moment is early, by however little.

use std::thread;
use std::time::Duration;

use prove_common::Result;
use prove_common::child::Child;
use prove_common::lateness::COLUMNS;
use prove_common::page::{Page, row};
use prove_common::shown::{DROPPED, Run, Runs};
use prove_common::system::{SIGNALS, SIGTERM};

use crate::linux::WATCHDOG;
use prove_common::programs::{Face, Programs};

const MS: u64 = 1_000_000;

/// From when the time runs.
#[derive(Clone, Copy)]
enum From {
    /// From the start of the block.
    Start,
    /// From the signal.
    Signal,
    /// The block has lapsed when the signal comes.
    Lapsed,
}

/// A way for a block to end: its name, what it shows, from when its time runs, whether the hard stage follows.
type Way = (&'static str, &'static str, From, bool);

const RUST: [Way; 8] = [
    ("plain", "no block: at once (C3)", From::Signal, false),
    ("break", "at its breakpoint (C9)", From::Signal, false),
    ("drop", "at its end (C17)", From::Signal, false),
    ("asks", "`check_deadline()`, and `main` returns (C11)", From::Start, false),
    ("future", "the future is dropped (C11)", From::Start, false),
    ("stuck", "a blocked thread, and the hard stage (C24)", From::Start, true),
    ("drain", "`drain_time`, and the hard stage (C24)", From::Signal, true),
    ("lapsed", "the block had lapsed (C22)", From::Lapsed, false),
];

const PYTHON: [Way; 8] = [
    ("plain", "no block: at once (C3)", From::Signal, false),
    ("break", "at its breakpoint (C9)", From::Signal, false),
    ("sleeps", "the main thread is in `sleep` (C11)", From::Start, false),
    ("runs", "the main thread is in a loop (C11)", From::Start, false),
    ("thread", "a thread is in a loop, `main` in `join` (C11)", From::Start, false),
    ("task", "a task is cancelled (C11)", From::Start, false),
    ("drain", "`drain_time`, `main` in `sleep` (C11)", From::Signal, false),
    ("stuck", "stuck in C, and `force_exit_after` (C24)", From::Start, true),
];

/// In milliseconds.
const TIMES: [u64; 5] = [100, 200, 400, 700, 1000];
const UNWIND: u64 = 100;

pub(crate) fn run(programs: &Programs, page: &mut Page) -> Result {
    page.say("## The ladder of deadlines");
    page.say(&format!(
        "Blocks of {TIMES:?} ms, and where a hard stage follows, {UNWIND} ms of `unwind_time` or `force_exit_after`. \"Late\" is the \
         end against what is promised: the deadline, or the signal where nothing holds it. In Rust `check_deadline()` is asked every 0.1 ms; \
         in Python the interpreter's own exit is part of it. A block that may have lapsed when its signal was taken shows nothing of its \
         deadline: such a run is dropped, when it has ended by its signal, and run again.",
    ));
    let mut rows = vec![row(["way"].into_iter().chain(COLUMNS).chain([DROPPED]))];
    for face in programs.faces() {
        for way in if face == Face::Rust { RUST } else { PYTHON } {
            let (_, what, from, _) = way;
            // A time that is not waited for needs no ladder.
            let waits = !matches!(from, From::Signal) || way.3 || way.0 == "drain";
            let (times, each) = match waits {
                true => (&TIMES[..programs.effort(5, 3)], programs.effort(30, 1)),
                false => (&TIMES[..1], programs.effort(100, 3)),
            };
            let name = format!("{}: {what}", face.name());
            let runs = Runs::all(&name, times.len() * each, page.faults(), |index| {
                let (time, signal) = (times[index % times.len()], SIGNALS[index % SIGNALS.len()]);
                one(programs, face, way, time, signal)
                    .map_err(|error| format!("{time} ms, signal {signal}: {error}").into())
            });
            rows.push(row([name].into_iter().chain(runs.cells())));
        }
    }
    page.timed(&rows);
    Ok(())
}

/// What was promised, and when the end came; dropped if the signal was late.
fn one(programs: &Programs, face: Face, way: Way, time: u64, signal: i32) -> Result<Run> {
    let (name, _, from, hard) = way;
    let args = [name, &time.to_string(), &UNWIND.to_string()];
    let mut child = Child::start(programs.command(face, "deadline", args), WATCHDOG)?;
    let start = child.number("start ")?;
    child.expect("ready")?;
    if matches!(from, From::Lapsed) {
        thread::sleep(Duration::from_millis(time + 20));
    }
    let (sent, taken) = child.signal_taken(signal)?;
    let end = child.end()?;
    let promised = match from {
        From::Start => start + time * MS,
        From::Signal if hard || name == "drain" => sent + time * MS,
        From::Signal | From::Lapsed => sent,
    };
    if end.signal() != Some(signal) {
        return Err(format!("it ended with {}, {:?}", end.status(), end.stderr).into());
    }
    if !end.stderr.is_empty() && signal != SIGTERM {
        // Python prints the traceback of a `KeyboardInterrupt`; nothing else is printed by anybody.
        let interrupt = face == Face::Python && end.stderr.trim_end().ends_with("KeyboardInterrupt");
        if !interrupt {
            return Err(format!("it printed {:?}", end.stderr).into());
        }
    }
    if matches!(from, From::Start) && taken >= promised {
        return Ok(Run::Dropped("the block may have lapsed when the signal came"));
    }
    if end.lines.iter().any(|line| line == "never stuck") {
        return Ok(Run::Dropped("the deadline came before the program was stuck"));
    }
    Ok(Run::Shown(promised + if hard { UNWIND * MS } else { 0 }, end.ns))
}
