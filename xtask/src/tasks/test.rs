//! `cargo xtask test`: all that can fail. This is what the continuous integration runs.
//!
//! The test runner comes last, so that the output ends with its own count of the tests.

use xshell::cmd;

use super::{demo, lint, loom, msrv, portable, prove, python, sanitize, targets, windows};
use crate::Result;
use crate::workspace::{ENGINE, Workspace};

pub(crate) fn run(workspace: &Workspace) -> Result {
    let sh = &workspace.sh;
    lint::run(workspace)?;
    msrv::run(workspace)?;
    targets::run_quick(workspace)?;
    loom::run(workspace)?;
    sanitize::run(workspace)?;
    portable::run(workspace)?;
    workspace.step("unit tests without features", || {
        Ok(cmd!(sh, "cargo test --quiet --package {ENGINE} --no-default-features --lib").run()?)
    })?;
    workspace.step("demo", || demo::run(workspace, &["--short".into()]))?;
    // Not `programs`, which takes other people's packages and a database server.
    prove::run(workspace, &["--short", "steps", "storms", "faults", "fuzz"].map(Into::into))?;
    python::run(workspace, &[])?;
    windows::run(workspace)?;
    workspace.last_step("all tests", || Ok(cmd!(sh, "cargo test --workspace --all-features").run()?))
}
