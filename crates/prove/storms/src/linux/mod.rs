//! The parts, in the order of the report.

mod attempts;
mod crowd;
mod deadlines;
mod ends;
mod lives;
mod rounds;
mod victims;

use std::process::ExitCode;
use std::time::{Duration, Instant};

use prove_common::page::Page;
use prove_common::{Result, machine, options};

use prove_common::programs::Programs;

/// No program under test lives longer, or it hangs. Far above what any needs, also on a loaded machine.
const WATCHDOG: Duration = Duration::from_secs(60);

pub(crate) fn main() -> Result<ExitCode> {
    if std::env::args().nth(1).as_deref() == Some("--victim") {
        return victims::run();
    }
    let options = options::read()?;
    let began = Instant::now();
    let programs = Programs::new(&options, env!("CARGO_MANIFEST_DIR"))?;
    let mut page = Page::default();
    page.say("# Storms and ladders");
    page.say("Written by `cargo xtask prove storms`, which runs all of it anew. Times are of the monotonic clock, in milliseconds.");
    page.say(&format!("{}- Effort: {}", machine::facts(options.python.as_deref()), options.effort()));
    if options.python.is_none() {
        page.say("Without Python: there is none with the package.");
    }
    page.say(
        "What it does not show: the moments are random, so what did not happen may yet (`cargo xtask prove steps` tries each); on a \
         machine with more processors more happens at once; only Linux; one version of Python. Times say how loaded the machine was \
         as much as what the library costs: that nothing is early is exact, by how much it is late is not.",
    );
    ends::run(&programs, &mut page)?;
    lives::run(&programs, &mut page)?;
    rounds::run(&programs, &mut page)?;
    attempts::run(&programs, &mut page)?;
    deadlines::run(&programs, &mut page)?;
    page.say(&format!("It took {} s.", began.elapsed().as_secs()));
    page.close(options.out.as_deref())
}
