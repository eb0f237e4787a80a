//! `cargo xtask loom`: every interleaving of the few threads that meet on the fast path.
//!
//! Under `--cfg loom` the engine takes its atomics from `loom`, which runs a test again for each
//! order that the memory model allows. The bound on preemptions keeps that finite and short; the
//! known bugs of such code need one or two.

use crate::Result;
use crate::workspace::{ENGINE, Workspace};

pub(crate) fn run(workspace: &Workspace) -> Result {
    workspace.step("loom", || {
        let command = || {
            workspace
                .cargo_with_flags(None, "--cfg loom", "loom")
                .args(["test", "--quiet", "--release", "--package", ENGINE, "--lib"])
                .env("LOOM_MAX_PREEMPTIONS", "3")
        };
        workspace.filtered_tests(command, "loom")
    })
}
