//! `cargo xtask prove steps`: a signal at every instruction of small programs, for the crate and for the Python package.
//!
//! What is done, and which systems can do it, is the matter of `crates/prove/steps`. Here its programs are built, the package
//! is, and an interpreter is found.

use std::path::PathBuf;

use xshell::cmd;

use crate::Result;
use crate::tasks::python::interpreters::{self, Interpreter};
use crate::tasks::python::{build, only_file, tools};
use crate::workspace::Workspace;

/// An interpreter that has the original package, for the tool's own test.
const ORIGINAL: &str = "GRACEFUL_SHUTDOWN_ORIGINAL";

pub(crate) fn run(workspace: &Workspace, short: bool) -> Result {
    let sh = &workspace.sh;
    if !cfg!(all(target_os = "linux", target_arch = "x86_64")) {
        workspace.skip("prove: steps", "programs are stepped through on Linux on x86-64 only");
        return Ok(());
    }
    // All programs: `cargo run` would build only the tool, which starts the others.
    cmd!(sh, "cargo build --quiet --release --package prove-steps --bins").run()?;
    let mut tool = cmd!(sh, "cargo run --quiet --release --package prove-steps --bin prove-steps --");
    match interpreters::found(workspace).pop() {
        Some(interpreter) => {
            let package = package(workspace, &interpreter)?;
            tool = tool.arg("--python").arg(interpreter.program).arg("--package").arg(package);
        }
        None => workspace.skip("prove: steps in Python", "there is no CPython from 3.10 on"),
    }
    if short {
        return Ok(tool.arg("--short").run()?);
    }
    match std::env::var_os(ORIGINAL) {
        Some(original) => tool = tool.arg("--original").arg(original),
        None => workspace.skip(
            "prove: steps of the original package",
            "GRACEFUL_SHUTDOWN_ORIGINAL names no interpreter that has it",
        ),
    }
    Ok(tool.arg("--out").arg("docs/prove/steps.md").run()?)
}

/// The folder of the package, as the wheel has it: an environment would only hold it.
fn package(workspace: &Workspace, interpreter: &Interpreter) -> Result<PathBuf> {
    let sh = &workspace.sh;
    let programs = tools(workspace)?.ok_or("there is no interpreter")?;
    let folder = workspace.target_dir("python").join("steps");
    let built = folder.join("dist");
    build(workspace, &programs, &built)?;
    let (wheel, package, python) = (only_file(&built, "whl")?, folder.join("package"), &interpreter.program);
    sh.remove_path(&package)?;
    cmd!(sh, "{python} -m zipfile -e {wheel} {package}").run()?;
    Ok(package)
}
