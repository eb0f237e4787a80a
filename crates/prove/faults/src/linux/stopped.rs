//! `SIGSTOP` and `SIGCONT` in the middle of a deadline: the time that the process was stopped counts.

use std::thread::sleep;
use std::time::Duration;

use prove_common::Result;
use prove_common::child::Child;
use prove_common::clock::monotonic_ns;
use prove_common::lateness::ms;
use prove_common::programs::Face;
use prove_common::system::{SIGTERM, stopped};

use super::case::{Bench, Case, MS, at, died};

/// The deadline of the block, in milliseconds.
const TIME: u64 = 4_000;

pub(crate) fn cases(face: Face) -> Vec<Case> {
    let counts = "the time counts: it ends at its deadline";
    let over = "it ends as soon as it goes on, and not before";
    let event = "the event has its time when the process goes on: `drain_time` begins there";
    vec![
        Case::new("stopped for 3 s of a deadline of 4 s", face, counts, move |bench| paused(bench, face, 3_000)),
        Case::new("stopped beyond a deadline of 4 s", face, over, move |bench| paused(bench, face, 4_500)),
        Case::new("the event comes while it is stopped", face, event, move |bench| told_while_stopped(bench, face)),
    ]
}

/// What ends at its deadline, and not at the hard stage.
fn way(face: Face) -> &'static str {
    if face == Face::Rust { "asks" } else { "sleeps" }
}

fn paused(bench: &Bench, face: Face, pause: u64) -> Result<String> {
    let mut child = bench.start(face, "deadline", &[way(face), &TIME.to_string()])?;
    let start = child.number("start ")?;
    child.expect("ready")?;
    child.signal(SIGTERM);
    child.expect("pending")?;
    stop(&child)?;
    sleep(Duration::from_millis(pause));
    let resumed = child.signal(libc::SIGCONT);
    let end = child.end()?;
    let deadline = start + TIME * MS;
    // What would be its end if the pause did not count: that this is not reached is what shows that it does.
    let late = end.ns.saturating_sub(deadline.max(resumed));
    if pause < TIME && late >= pause * MS {
        return Err(format!("it ended {} ms after its deadline, as if the pause did not count", ms(late)).into());
    }
    Ok(format!("{}, {}", died(&end, SIGTERM)?, at(&end, deadline.max(resumed))?))
}

fn told_while_stopped(bench: &Bench, face: Face) -> Result<String> {
    let mut child = bench.start(face, "deadline", &["drain", "500"])?;
    child.expect("start ")?;
    child.expect("ready")?;
    // Of two signals that wait the lower number comes first, which is not the stop.
    stop(&child)?;
    let sent = child.signal(SIGTERM);
    sleep(Duration::from_millis(1_000));
    let resumed = monotonic_ns().max(sent);
    child.signal(libc::SIGCONT);
    let end = child.end()?;
    Ok(format!("{}, {}", died(&end, SIGTERM)?, at(&end, resumed + 500 * MS)?))
}

fn stop(child: &Child) -> Result {
    child.signal(libc::SIGSTOP);
    if stopped(child.pid()) { Ok(()) } else { Err("it is never stopped".into()) }
}
