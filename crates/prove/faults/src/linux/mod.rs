//! The faults, in the order of the report.

mod callbacks;
mod case;
mod clocks;
mod descriptors;
mod killed;
mod memory;
mod starved;
mod stopped;
mod threads;
mod victims;

use std::path::PathBuf;
use std::process::ExitCode;
use std::sync::Mutex;
use std::time::Instant;

use prove_common::page::{Page, row};
use prove_common::programs::{Programs, some_at_once};
use prove_common::{Result, machine, options};

use case::{Bench, Case};

pub(crate) fn main() -> Result<ExitCode> {
    if std::env::args().nth(1).as_deref() == Some("--victim") {
        return victims::run();
    }
    let options = options::read()?;
    let began = Instant::now();
    let bench = Bench { programs: Programs::new(&options, env!("CARGO_MANIFEST_DIR"))?, shim: shim()? };
    let mut page = Page::default();
    page.say("# Faults");
    page.say("Written by `cargo xtask prove faults`, which runs all of it anew. Each row is a real process, or some.");
    page.say(&format!("{}- Effort: {}", machine::facts(options.python.as_deref()), options.effort()));
    if options.python.is_none() {
        page.say("Without Python: there is none with the package.");
    }
    page.say(
        "What it does not show: other systems than Linux, other limits than these, and two faults at once. A fault of the C library \
         (`pthread_create`, the wall clock) is made by a library that stands before it, so what calls the kernel past that does not \
         meet it. Most rows are one run: that the end comes so late, or so early, is an example, not a distribution.",
    );
    let mut cases = Vec::new();
    for face in bench.programs.faces() {
        for list in [threads::cases, descriptors::cases, memory::cases, clocks::cases, stopped::cases] {
            cases.extend(list(face));
        }
        cases.extend(callbacks::cases(face));
        cases.extend(killed::cases(face));
    }
    look(&bench, &cases, &mut page);
    starved::run(&bench, &mut page)?;
    page.say(&format!("It took {} s.", began.elapsed().as_secs()));
    page.close(options.out.as_deref())
}

/// Beside this program, where cargo puts both.
fn shim() -> Result<PathBuf> {
    let shim = std::env::current_exe()?.with_file_name("libprove_faults_shim.so");
    match shim.exists() {
        true => Ok(shim),
        false => Err(format!("{} is missing: build the package prove-faults-shim", shim.display()).into()),
    }
}

fn look(bench: &Bench, cases: &[Case], page: &mut Page) {
    let seen: Vec<_> = cases.iter().map(|_| Mutex::new(String::new())).collect();
    some_at_once(cases.len(), |index| {
        let case = &cases[index];
        let text = (case.look)(bench).unwrap_or_else(|error| {
            page.faults().tell(format!("{}, {}: {error}", case.fault, case.face.name()));
            "**FAULT**, see below".to_owned()
        });
        if let Ok(mut seen) = seen[index].lock() {
            *seen = text;
        }
    });
    let mut rows = vec![row(["fault", "face", "promised", "seen"])];
    for (case, seen) in cases.iter().zip(seen) {
        let seen = seen.into_inner().unwrap_or_default();
        rows.push(row([case.fault.as_str(), case.face.name(), case.promised, &seen]));
    }
    page.texts(&rows);
    page.say(&format!("The machine's load behind these runs: {}.", machine::load()));
}
