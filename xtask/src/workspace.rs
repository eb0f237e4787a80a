//! The workspace as the tasks see it: a shell in its root, timed steps, and what is installed.

use std::ffi::OsStr;
use std::path::{Path, PathBuf};
use std::time::Instant;

use xshell::{Cmd, Shell, cmd};

use crate::Result;

/// The crate that most tasks are about.
pub(crate) const ENGINE: &str = "shutdown-protection";

pub(crate) struct Workspace {
    pub(crate) sh: Shell,
    pub(crate) root: PathBuf,
}

impl Workspace {
    /// A shell in the root, wherever the task was called from.
    pub(crate) fn open() -> Result<Self> {
        // Cargo tells it anew at each run. What was compiled in may be of a copy of the workspace that
        // shares its target folder.
        let manifest = std::env::var("CARGO_MANIFEST_DIR").unwrap_or_else(|_| env!("CARGO_MANIFEST_DIR").into());
        let root = Path::new(&manifest).parent().ok_or("xtask is not inside the workspace")?.to_owned();
        let sh = Shell::new()?;
        sh.change_dir(&root);
        Ok(Self { sh, root })
    }

    /// Runs one step: names it before, says after it how long it took. The first step that fails
    /// ends the task.
    pub(crate) fn step(&self, name: &str, work: impl FnOnce() -> Result) -> Result {
        let begin = Instant::now();
        self.last_step(name, work)?;
        println!("==== {name}: ok, {:.1} s", begin.elapsed().as_secs_f64());
        Ok(())
    }

    /// Like `step`, but says nothing after it: what the step prints stays the end of the output.
    pub(crate) fn last_step(&self, name: &str, work: impl FnOnce() -> Result) -> Result {
        println!("\n==== {name}");
        work().map_err(|error| format!("step `{name}` failed: {error}").into())
    }

    /// Says that a step cannot be done here, and what it takes. Silence would look like success.
    pub(crate) fn skip(&self, name: &str, why: &str) {
        println!("\n==== {name}: SKIPPED, {why}");
    }

    /// A target folder of its own for builds with other flags, so that they do not throw away each
    /// other's results.
    pub(crate) fn target_dir(&self, name: &str) -> PathBuf {
        let base = std::env::var_os("CARGO_TARGET_DIR").map_or("target".into(), PathBuf::from);
        self.root.join(base).join(name)
    }

    /// Runs the tests that the filter chooses. `command` makes a `cargo test` that ends before
    /// `--`. No test that matches is a failure: a renamed test must not turn the step into one
    /// that checks nothing.
    pub(crate) fn filtered_tests<'a>(&self, command: impl Fn() -> Cmd<'a>, filter: &str) -> Result {
        let listing = command().args(["--", filter, "--list"]).read()?;
        if !listing.lines().any(|line| line.ends_with(": test")) {
            return Err(format!("no test has `{filter}` in its name").into());
        }
        Ok(command().args(["--", filter]).run()?)
    }

    /// Whether cargo has the subcommand.
    pub(crate) fn has_subcommand(&self, name: &str) -> bool {
        let sh = &self.sh;
        cmd!(sh, "cargo {name} --version").quiet().ignore_stdout().ignore_stderr().run().is_ok()
    }

    /// What `rustup` answers, by lines; none if there is no `rustup`, or it answers with an error.
    pub(crate) fn rustup(&self, arguments: &[&str]) -> Vec<String> {
        let sh = &self.sh;
        let answer = cmd!(sh, "rustup {arguments...}").quiet().ignore_stderr().read();
        answer.unwrap_or_default().lines().map(str::to_owned).collect()
    }

    /// Whether `rustup` has a nightly toolchain. Asked of the list, because to call it could
    /// install one.
    pub(crate) fn has_nightly(&self) -> bool {
        self.rustup(&["toolchain", "list"]).iter().any(|line| line.starts_with("nightly"))
    }

    /// The platform that the compiler runs on, as `x86_64-unknown-linux-gnu`.
    pub(crate) fn host(&self) -> Result<String> {
        let sh = &self.sh;
        let version = cmd!(sh, "rustc -vV").quiet().read()?;
        let host = version.lines().find_map(|line| line.strip_prefix("host: "));
        Ok(host.ok_or("rustc does not tell its host")?.to_owned())
    }

    /// A cargo command with the given toolchain and compiler flags, in a target folder of its own.
    pub(crate) fn cargo_with_flags(&self, toolchain: Option<&str>, flags: &str, folder: &str) -> Cmd<'_> {
        let sh = &self.sh;
        cmd!(sh, "cargo")
            .args(toolchain)
            .env("RUSTFLAGS", flags)
            .env("CARGO_TARGET_DIR", AsRef::<OsStr>::as_ref(&self.target_dir(folder)))
    }
}
