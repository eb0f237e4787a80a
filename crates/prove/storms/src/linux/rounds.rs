//! No event is lost (C1): one signal after the other, and each of them must be seen, by its kind and exactly once.

use std::time::Duration;

use prove_common::Result;
use prove_common::lateness::{COLUMNS, Lateness};
use prove_common::page::{Page, row};
use prove_common::system::{SIGNALS, SIGTERM};

use crate::linux::WATCHDOG;
use crate::linux::crowd::Crowd;
use prove_common::programs::{Face, Programs};

pub(crate) fn run(programs: &Programs, page: &mut Page) -> Result {
    page.say("## No event is lost");
    page.say(
        "A small crowd at work, with forks in between. One signal is sent, the program says which event it saw, and cancels the \
         shutdown; then comes the next one, of another kind. Each must be seen, as itself, and no other. \"Late\" is the time from the \
         signal to the line on the parent's side of a pipe.",
    );
    let mut rows = vec![row(["face"].into_iter().chain(COLUMNS))];
    for face in programs.faces() {
        let mut seen = Lateness::default();
        if let Err(error) = one(programs, face, &mut seen) {
            page.faults().tell(format!("{}, signal number {}: {error}", face.name(), seen.len()));
        }
        rows.push(row([face.name().to_owned()].into_iter().chain(seen.cells())));
    }
    page.timed(&rows);
    Ok(())
}

fn one(programs: &Programs, face: Face, seen: &mut Lateness) -> Result {
    let time = Duration::from_millis(programs.effort(30_000, 1_500));
    let mut crowd = Crowd::start(programs, face, [8, 8], "rounds", time + WATCHDOG)?;
    let began = std::time::Instant::now();
    while began.elapsed() < time {
        let kind = SIGNALS[usize::try_from(seen.len())? % SIGNALS.len()];
        let sent = crowd.child.signal(kind);
        let event = crowd.child.number("seen ")?;
        if event != u64::from(kind.unsigned_abs()) {
            return Err(format!("signal {kind} was seen as {event}").into());
        }
        seen.record(sent, prove_common::clock::monotonic_ns());
    }
    crowd.child.tell("calm");
    let cancelled = crowd.child.number("cancelled ")?;
    if cancelled != seen.len() {
        return Err(format!("{} signals, {cancelled} shutdowns", seen.len()).into());
    }
    crowd.child.signal(SIGTERM);
    let told = crowd.told()?;
    let (end, audit) = crowd.end()?;
    if (end.signal(), audit.torn, told.bad) != (Some(SIGTERM), 0, 0) {
        return Err(format!("it ended with {}, {audit:?}, {} bad children", end.status(), told.bad).into());
    }
    Ok(())
}
