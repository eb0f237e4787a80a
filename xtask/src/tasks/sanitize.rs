//! `cargo xtask sanitize`: the tests under tools that see what a test cannot assert.
//!
//! The thread sanitizer finds data races and the address sanitizer memory errors, both in the real
//! program with its signals and threads; Miri finds undefined behaviour, but knows no signals, so
//! it runs the pure part. All need a nightly compiler. What is missing is said, and fails nothing.

use crate::Result;
use crate::workspace::{ENGINE, Workspace};

const NIGHTLY: &str = "+nightly";

pub(crate) fn run(workspace: &Workspace) -> Result {
    if !workspace.has_nightly() {
        workspace.skip("sanitize", "there is no nightly compiler: rustup toolchain install nightly");
        return Ok(());
    }
    // More platforms have the sanitizers; this is the one on which they are tried.
    if workspace.host()? == "x86_64-unknown-linux-gnu" {
        sanitizer(workspace, "thread", "TSAN_OPTIONS")?;
        sanitizer(workspace, "address", "ASAN_OPTIONS")?;
    } else {
        workspace.skip("sanitize: sanitizers", "they are run on x86_64-unknown-linux-gnu only");
    }
    miri(workspace)
}

fn sanitizer(workspace: &Workspace, name: &str, options: &str) -> Result {
    // The standard library that comes with the compiler is not sanitized, and the flag says that we
    // know.
    let flags = format!("-Zsanitizer={name} -Cunsafe-allow-abi-mismatch=sanitizer");
    let test = |package| {
        workspace
            .cargo_with_flags(Some(NIGHTLY), &flags, name)
            .args(["test", "--quiet", "--target", "x86_64-unknown-linux-gnu", "--package", package])
            // A finding must end the process at once: in one that dies by a signal, a status at its
            // exit is lost.
            .env(options, "halt_on_error=1")
    };
    workspace.step(&format!("sanitize: {name}, the engine's own tests"), || Ok(test(ENGINE).arg("--lib").run()?))?;
    workspace.step(&format!("sanitize: {name}, storms of signals"), || {
        workspace.filtered_tests(|| test("contract-tests"), "storm")
    })
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
