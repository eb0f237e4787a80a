//! `cargo xtask bench`: measures.
//!
//! What is measured, and where the report goes, is the matter of `crates/bench`.

use std::ffi::OsString;

use xshell::cmd;

use crate::Result;
use crate::workspace::Workspace;

pub(crate) fn run(workspace: &Workspace, arguments: &[OsString]) -> Result {
    let sh = &workspace.sh;
    cmd!(sh, "cargo run --release --package bench -- {arguments...}").run()?;
    Ok(())
}
