//! `cargo xtask demo`: the project's main job on real input.
//!
//! The driver in `crates/demo` starts the importer, interrupts it, reaps it, audits what it left
//! and starts it again. It fails if a pair was torn under protection, or a protected run ended in
//! any way that it should not.

use std::ffi::OsString;

use xshell::cmd;

use crate::Result;
use crate::workspace::Workspace;

pub(crate) fn run(workspace: &Workspace, arguments: &[OsString]) -> Result {
    let sh = &workspace.sh;
    // All programs first: `cargo run` would build only the driver, which starts the importer.
    cmd!(sh, "cargo build --quiet --release --package transfers-demo --bins").run()?;
    cmd!(sh, "cargo run --quiet --release --package transfers-demo --bin demo-driver -- {arguments...}").run()?;
    Ok(())
}
