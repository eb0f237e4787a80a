//! Storms that the program outlives: it cancels each shutdown and goes on, for minutes; then comes one that it obeys.

use std::time::Duration;

use prove_common::Result;
use prove_common::page::{Page, row, thousands};
use prove_common::system::{SIGNALS, SIGTERM};

use crate::linux::WATCHDOG;
use crate::linux::crowd::Crowd;
use crate::linux::ends::size;
use prove_common::programs::{Face, Programs};

pub(crate) fn run(programs: &Programs, page: &mut Page) -> Result {
    let time = Duration::from_millis(programs.effort(60_000, 2_000));
    page.say("## Storms that the program outlives");
    page.say(&format!(
        "The same crowds under all four signals at full speed, for {} s each. The program cancels each shutdown; who was told of it \
         goes on. Behind the storm one more signal comes: all must be told, and the process must die by a signal that was sent.",
        time.as_secs()
    ));
    let mut rows = vec![row(["storm", "signals", "shutdowns cancelled", "pairs", "torn", "children", "ended with"])];
    for face in programs.faces() {
        match one(programs, face, time, page) {
            Ok(cells) => rows.push(cells),
            Err(error) => page.faults().tell(format!("{}, a storm that is outlived: {error}", face.name())),
        }
    }
    page.table(&rows);
    Ok(())
}

fn one(programs: &Programs, face: Face, time: Duration, page: &Page) -> Result<Vec<String>> {
    let size = size(programs, face);
    let mut crowd = Crowd::start(programs, face, size, "lives", time + WATCHDOG)?;
    let (signals, ()) = crowd.storm(&SIGNALS, |_| std::thread::sleep(time));
    crowd.child.tell("calm");
    let cancelled = crowd.child.number("cancelled ")?;
    crowd.child.signal(SIGTERM);
    let told = crowd.told()?;
    let (end, audit) = crowd.end()?;
    let (faults, face) = (page.faults(), face.name());
    faults.check(cancelled > 0, || format!("{face}: no shutdown was ever seen"));
    faults.check(audit.torn == 0, || format!("{face}: {} torn", audit.torn));
    faults.check(end.signal().is_some_and(|signal| SIGNALS.contains(&signal)), || {
        format!("{face}: it ended with {}", end.status())
    });
    faults.check(told.bad == 0, || format!("{face}: {} children ended as they must not", told.bad));
    faults.check(end.stderr.is_empty(), || format!("{face}: it printed {:?}", end.stderr));
    let name = format!("{face}, {} threads, {} tasks", size[0], size[1]);
    let counts = [signals, cancelled, audit.pairs, audit.torn, told.children].map(thousands);
    Ok(row([name].into_iter().chain(counts).chain([end.status()])))
}
