//! `cargo xtask bench`: measures.
//!
//! What is measured, and where the reports go, is the matter of `crates/bench`: its program for the crate, its folder `python`
//! for the Python package. `--python` measures the latter alone. A run that writes the pages draws them, too
//! (`crates/bench/plots`).

mod python;

use std::ffi::OsString;

use xshell::cmd;

use crate::Result;
use crate::workspace::Workspace;

pub(crate) fn run(workspace: &Workspace, arguments: &[OsString]) -> Result {
    let (only, arguments): (Vec<_>, Vec<_>) = arguments.iter().partition(|argument| *argument == "--python");
    if only.is_empty() {
        let sh = &workspace.sh;
        let arguments = &arguments;
        cmd!(sh, "cargo run --release --package bench -- {arguments...}").run()?;
    }
    python::run(workspace, &arguments)?;
    if arguments.is_empty() {
        let sh = &workspace.sh;
        cmd!(sh, "cargo run --quiet --release --package bench-plots -- docs").run()?;
    }
    Ok(())
}
