//! `cargo xtask sanitize`: the tests under tools that see what a test cannot assert.
//!
//! The thread sanitizer finds data races and the address sanitizer memory errors, both in real programs; Miri
//! finds undefined behaviour, but knows no signals, so it runs the pure part. All need a nightly compiler. What
//! is missing is said, and fails nothing.
//!
//! The storms of signals are not run under the thread sanitizer. It keeps a signal back until the thread makes a call
//! that it knows, which a parked thread never does; and the standard library's contended locks, which are not sanitized,
//! look to it as if they did not lock. `loom` explores what the threads do among themselves.

use xshell::Cmd;

use crate::Result;
use crate::workspace::{ENGINE, Workspace};

const NIGHTLY: &str = "+nightly";
const HOST: &str = "x86_64-unknown-linux-gnu";

pub(crate) fn run(workspace: &Workspace) -> Result {
    if !workspace.has_nightly() {
        workspace.skip("sanitize", "there is no nightly compiler: rustup toolchain install nightly");
        return Ok(());
    }
    // More platforms have the sanitizers; this is the one on which they are tried.
    if workspace.host()? == HOST {
        thread(workspace)?;
        address(workspace)?;
    } else {
        workspace.skip("sanitize: sanitizers", &format!("they are run on {HOST} only"));
    }
    miri(workspace)
}

fn thread(workspace: &Workspace) -> Result {
    let known = workspace.root.join("xtask/thread-sanitizer.txt");
    let options = format!("halt_on_error=1 suppressions='{}'", known.display());
    workspace.step("sanitize: thread, the engine's own tests", || {
        // The model's tests are of one thread each; what they share is a lazily made value of their test library,
        // whose lock is the standard library's.
        let skip = ["--lib", "--", "--skip", "machine::model"];
        Ok(test(workspace, "thread", ENGINE).args(skip).env("TSAN_OPTIONS", &options).run()?)
    })
}

fn address(workspace: &Workspace) -> Result {
    workspace.step("sanitize: address, the engine's own tests", || {
        Ok(test(workspace, "address", ENGINE).arg("--lib").run()?)
    })?;
    workspace.step("sanitize: address, storms of signals", || {
        workspace.filtered_tests(|| test(workspace, "address", "contract-tests"), "storm")
    })
}

fn test<'a>(workspace: &'a Workspace, sanitizer: &str, package: &str) -> Cmd<'a> {
    // The standard library that comes with the compiler is not sanitized, and the second flag says that we know.
    let flags = format!("-Zsanitizer={sanitizer} -Cunsafe-allow-abi-mismatch=sanitizer");
    let cargo = workspace.cargo_with_flags(Some(NIGHTLY), &flags, sanitizer);
    cargo.args(["test", "--quiet", "--target", HOST, "--package", package])
}

fn miri(workspace: &Workspace) -> Result {
    const NAME: &str = "sanitize: miri, the machine";
    let installed = workspace.rustup(&[NIGHTLY, "component", "list", "--installed"]);
    if !installed.iter().any(|component| component.starts_with("miri")) {
        workspace.skip(NAME, "it is missing: rustup component add --toolchain nightly miri");
        return Ok(());
    }
    workspace.step(NAME, || {
        let command = || {
            let cargo = workspace.cargo_with_flags(Some(NIGHTLY), "", "miri");
            cargo.args(["miri", "test", "--package", ENGINE, "--lib"])
        };
        workspace.filtered_tests(command, "machine")
    })
}
