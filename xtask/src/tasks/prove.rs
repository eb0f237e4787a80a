//! `cargo xtask prove`: that nothing is torn and nothing lost, shown on whole programs.
//!
//! The tests hold rule by rule; this looks for what no rule's test thought of. Each part is a program of its own below
//! `crates/prove`, which ends with a table and fails if it found a fault; its report is in `docs/prove`. `--short` is the form
//! of a few minutes; `test` runs that, but for `programs`.

mod faults;
mod fuzz;
mod packaged;
mod programs;
mod steps;
mod storms;

use std::ffi::OsString;

use crate::Result;
use crate::workspace::Workspace;

/// A part: its name, and what runs it.
type Part = (&'static str, fn(&Workspace, short: bool) -> Result);

const PARTS: &[Part] = &[
    ("steps", steps::run),
    ("storms", storms::run),
    ("faults", faults::run),
    ("fuzz", fuzz::run),
    ("programs", programs::run),
];

pub(crate) fn run(workspace: &Workspace, arguments: &[OsString]) -> Result {
    let (short, named): (Vec<_>, Vec<_>) = arguments.iter().partition(|argument| *argument == "--short");
    let known = || PARTS.iter().map(|(name, _)| *name).collect::<Vec<_>>().join(", ");
    if let Some(unknown) = named.iter().find(|name| !PARTS.iter().any(|(part, _)| part == *name)) {
        return Err(format!("prove has no part {}; its parts: {}", unknown.display(), known()).into());
    }
    for (name, part) in PARTS {
        if named.is_empty() || named.iter().any(|chosen| chosen == name) {
            workspace.step(&format!("prove: {name}"), || part(workspace, !short.is_empty()))?;
        }
    }
    Ok(())
}
