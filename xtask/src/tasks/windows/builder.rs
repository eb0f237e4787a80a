//! The compiler for Windows: Debian's, which builds the standard library of the target from its source.
//!
//! rustup's compilers have no standard library for the target unless it is installed, and rustup's programs must not come
//! first in the path: `cargo` would take its `clippy`.

use std::path::{Path, PathBuf};

use xshell::{Cmd, cmd};

use super::TARGET;
use super::cache::Cache;
use crate::Result;
use crate::workspace::Workspace;

const PATH: &str = "/usr/bin:/bin";

pub(crate) struct Builder<'a> {
    workspace: &'a Workspace,
    target_dir: PathBuf,
}

impl<'a> Builder<'a> {
    pub(crate) fn new(workspace: &'a Workspace, cache: &Cache) -> Result<Self> {
        let sh = &workspace.sh;
        let version = cmd!(sh, "/usr/bin/rustc --version").quiet().read()?;
        Ok(Self { workspace, target_dir: cache.place("target", &version) })
    }

    /// A program with the environment in which it builds for Windows, and so do the ones that it starts.
    pub(crate) fn command(&self, program: impl AsRef<Path>) -> Cmd<'a> {
        let command = self.workspace.sh.cmd(program).env_remove("RUSTUP_TOOLCHAIN").env_remove("RUSTFLAGS");
        command
            .env("PATH", PATH)
            .env("CARGO", "/usr/bin/cargo")
            .env("RUSTC", "/usr/bin/rustc")
            .env("RUSTDOC", "/usr/bin/rustdoc")
            .env("RUSTC_BOOTSTRAP", "1")
            .env("CARGO_UNSTABLE_BUILD_STD", "std,panic_unwind")
            // Without debug information the programs are a tenth of the size, and Wine starts them sooner.
            .env("CARGO_PROFILE_DEV_DEBUG", "0")
            .env("CARGO_BUILD_TARGET", TARGET)
            .env("CARGO_TARGET_DIR", &self.target_dir)
    }

    pub(crate) fn clippy(&self, packages: &[&str]) -> Cmd<'a> {
        let clippy = self.command("/usr/bin/cargo-clippy").args(["clippy", "--quiet", "--all-features"]);
        // It does not see the `const` through the macro of a system without thread-local variables of its own.
        clippy.args(packages).args(["--", "-D", "warnings", "-A", "clippy::missing_const_for_thread_local"])
    }

    pub(crate) fn test(&self) -> Cmd<'a> {
        self.command("/usr/bin/cargo").args(["test", "--quiet", "--all-features"])
    }

    /// Where the programs of the workspace are.
    pub(crate) fn programs(&self) -> PathBuf {
        self.target_dir.join(TARGET).join("debug")
    }
}
