//! The run: every measurement, its table and its targets.

mod operations;
mod processes;

use std::path::Path;
use std::{fs, io};

use super::child::Failure;
use super::effort::{Effort, Options};
use super::harness::Role;
use super::machine;
use super::report::Report;

type Part = fn(&Effort, &mut Report, &str) -> Result<(), Failure>;

const PARTS: [(&str, Part); 9] = [
    ("1. Asking whether to stop", operations::checks),
    ("2. Starting and ending a block", operations::blocks),
    ("3. Two threads, each with its own blocks", operations::shared),
    ("4. Many threads, each with its own blocks", operations::many),
    ("5. From the signal to the code that reacts", processes::latencies),
    ("6. From the signal to the end", processes::ends),
    ("7. How late a deadline strikes", processes::deadlines),
    ("8. One signal among many open blocks", processes::crowds),
    ("9. An idle process", processes::idleness),
];

/// Measures everything, prints it as it comes, and writes the page.
pub(super) fn all(options: &Options) -> Result<(), Failure> {
    let effort = options.effort;
    let facts = machine::facts(&options.workspace) + &format!("- Effort: {}\n", effort.name);
    let mut report = Report::new(facts);
    for (title, part) in PARTS {
        // A part that fails is a finding, too: the others are still worth their time.
        if let Err(error) = part(effort, &mut report, title) {
            report.failed(title, &error);
        }
    }
    println!("\n## Targets\n\n{}", report.verdicts());
    println!("{} missed", report.missed());
    match &options.output {
        Some(path) => {
            write(path, &report).map_err(|error| format!("{}: {error}", path.display()))?;
            println!("written to {}", path.display());
        }
        None => println!("a short run leaves docs/bench.md as it is"),
    }
    Ok(())
}

fn write(path: &Path, report: &Report) -> io::Result<()> {
    if let Some(folder) = path.parent() {
        fs::create_dir_all(folder)?;
    }
    fs::write(path, report.to_string())
}

/// Bold is this crate, italics are what the machine itself asks for.
fn mark(role: Role, name: &str) -> String {
    match role {
        Role::Ours => format!("**{name}**"),
        Role::Rival => name.to_owned(),
        Role::Floor => format!("*{name}*"),
    }
}
