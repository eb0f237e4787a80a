//! `cargo xtask portable`: all tests of the engine on Linux with what the systems beside it get.
//!
//! macOS and the BSDs have no futex for us, no `membarrier`, no coarse clock and no `on_exit`. With
//! `--cfg shutdown_protection_portable` Linux has none of them either, so that those lines are run somewhere.

use crate::Result;
use crate::workspace::{ENGINE, Workspace};

pub(crate) fn run(workspace: &Workspace) -> Result {
    workspace.step("the portable parts", || {
        let cargo = workspace.cargo_with_flags(None, "--cfg shutdown_protection_portable", "portable");
        let test = cargo.args(["test", "--quiet", "--all-features", "--lib", "--tests"]);
        Ok(test.args(["--package", ENGINE, "--package", "contract-tests"]).run()?)
    })
}
