//! Storms that end the program: the first event is the end, and nothing that comes behind it may change how.
//!
//! The programs without protection are the proof of the proof: there the same storm must tear.

use std::time::Duration;

use prove_common::Result;
use prove_common::lateness::{COLUMNS, Lateness};
use prove_common::page::{Faults, Page, row, thousands};
use prove_common::system::{SIGHUP, SIGINT, SIGNALS, SIGQUIT, SIGTERM};

use crate::linux::WATCHDOG;
use crate::linux::crowd::Crowd;
use prove_common::programs::{Face, Programs};

/// Signals of one kind, of which the status must be that one; and all of them, of which the kernel chooses the first.
const STORMS: [(&str, &[i32]); 5] = [
    ("SIGTERM", &[SIGTERM]),
    ("SIGINT", &[SIGINT]),
    ("SIGQUIT", &[SIGQUIT]),
    ("SIGHUP", &[SIGHUP]),
    ("all four", &SIGNALS),
];

#[derive(Default)]
struct Sum {
    ended: Lateness,
    signals: u64,
    pairs: u64,
    torn: u64,
    children: u64,
}

pub(crate) fn run(programs: &Programs, page: &mut Page) -> Result {
    page.say("## Storms that end the program");
    page.say(
        "Threads and tasks write in two steps, block after block, and a thread forks children that do the same. Signals come at full \
         speed, some to the whole process group, from a random moment on until the process is gone. All writers must be told of one \
         event, at their breakpoints, and the process must die by it. \"Late\" is the time from the first signal to the end.",
    );
    let mut rows = vec![header()];
    for face in programs.faces() {
        let size = size(programs, face);
        for (name, kinds) in STORMS {
            let mut sum = Sum::default();
            for _ in 0..programs.effort(20, 1) {
                if let Err(error) = one(programs, face, size, kinds, &mut sum, page.faults()) {
                    page.faults().tell(format!("{}, storm of {name}: {error}", face.name()));
                }
            }
            rows.push(sum.row(format!("{}, {} threads, {} tasks: {name}", face.name(), size[0], size[1])));
            page.faults().check(sum.torn == 0, || format!("{}, storm of {name}: {} torn", face.name(), sum.torn));
        }
        rows.push(without(programs, face, size, page.faults())?);
    }
    page.timed(&rows);
    Ok(())
}

/// How many threads and tasks.
pub(crate) fn size(programs: &Programs, face: Face) -> [usize; 2] {
    match face {
        Face::Rust => programs.effort([200, 400], [100, 200]),
        Face::Python => programs.effort([100, 200], [50, 100]),
    }
}

fn one(programs: &Programs, face: Face, size: [usize; 2], kinds: &[i32], sum: &mut Sum, faults: &Faults) -> Result {
    let mut crowd = Crowd::start(programs, face, size, "ends", WATCHDOG)?;
    std::thread::sleep(Duration::from_micros(fastrand::u64(0..20_000)));
    let first = crowd.child.signal(kinds[0]);
    let (signals, ended) = crowd.storm(kinds, |child| child.wait());
    ended?;
    let told = crowd.told()?;
    let (end, audit) = crowd.end()?;
    sum.ended.record(first, end.ns);
    sum.signals += signals;
    sum.pairs += audit.pairs;
    sum.torn += audit.torn;
    sum.children += told.children;
    let one = told.events.len() == 1 && kinds.contains(&told.events[0]);
    faults.check(one, || format!("{}: its writers were told of {:?}", face.name(), told.events));
    faults.check(end.signal() == told.events.first().copied(), || {
        format!("{}: told of {:?}, it ended with {}", face.name(), told.events, end.status())
    });
    faults.check(told.bad == 0, || format!("{}: {} children ended as they must not", face.name(), told.bad));
    // Python prints the traceback of a `KeyboardInterrupt`, and nobody prints anything else.
    let interrupt =
        face == Face::Python && told.events == [SIGINT] && end.stderr.trim_end().ends_with("KeyboardInterrupt");
    faults.check(end.stderr.is_empty() || interrupt, || format!("{}: it printed {:?}", face.name(), end.stderr));
    // The end may come before the first child.
    faults.check(audit.idle <= 1, || format!("{}: {} writers never wrote", face.name(), audit.idle));
    Ok(())
}

/// The same program without blocks.
fn without(programs: &Programs, face: Face, size: [usize; 2], faults: &Faults) -> Result<Vec<String>> {
    let mut sum = Sum::default();
    for _ in 0..programs.effort(10, 1) {
        let crowd = Crowd::start(programs, face, size, "bare", WATCHDOG)?;
        let first = crowd.child.signal(SIGTERM);
        let (end, audit) = crowd.end()?;
        sum.ended.record(first, end.ns);
        sum.signals += 1;
        sum.pairs += audit.pairs;
        sum.torn += audit.torn;
    }
    faults.check(sum.torn > 0, || "without protection nothing was torn: this does not see tears".to_owned());
    Ok(sum.row(format!("{}, WITHOUT protection: one SIGTERM", face.name())))
}

fn header() -> Vec<String> {
    row(["storm", "signals", "pairs", "torn", "children"].into_iter().chain(COLUMNS))
}

impl Sum {
    fn row(&self, name: String) -> Vec<String> {
        let counts = [self.signals, self.pairs, self.torn, self.children].map(thousands);
        row([name].into_iter().chain(counts).chain(self.ended.cells()))
    }
}
