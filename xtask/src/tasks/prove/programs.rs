//! Programs of other people's making under random signals: `crates/prove/programs` has them, and the driver, in Python.
//!
//! Their packages are pinned by hashes, and installed into an environment of the task's own. What cannot be had is said.

use std::path::Path;

use xshell::cmd;

use crate::Result;
use crate::tasks::python::interpreters;
use crate::tasks::python::{TOOLS, bare_environment, build, environment, only_file};
use crate::workspace::Workspace;

const FOLDER: &str = "crates/prove/programs";
const REPORT: &str = "docs/prove/programs.md";

/// Those in Python, each with whether the short form has it: not if its packages are large.
const PYTHON: &[(&str, bool)] = &[("mirror", true), ("batch", true), ("training", false)];
/// The one in Rust, which the workspace builds.
const RUST: &str = "archive";

pub(crate) fn run(workspace: &Workspace, short: bool) -> Result {
    if !cfg!(target_os = "linux") {
        workspace.skip("prove: programs", "the driver waits for its children as only Linux can");
        return Ok(());
    }
    let Some(interpreter) = interpreters::reference(workspace) else {
        workspace.skip("prove: programs", interpreters::NO_REFERENCE);
        return Ok(());
    };
    let tools = environment(workspace, &interpreter, "tools", TOOLS)?;
    let built = workspace.target_dir("python").join("prove").join("dist");
    workspace.step("prove: programs: the wheel", || build(workspace, &tools, &built))?;
    let wheel = only_file(&built, "whl")?;

    let python = bare_environment(workspace, &interpreter, "programs")?.join("python");
    let sh = &workspace.sh;
    cmd!(sh, "{python} -m pip install --quiet --disable-pip-version-check --force-reinstall --no-deps {wheel}")
        .run()?;
    if let Err(why) = install(workspace, &python, "driver") {
        workspace.skip("prove: programs", &format!("what the driver prints with cannot be had: {why}"));
        return Ok(());
    }
    cmd!(sh, "cargo build --quiet --release --package prove-archive").run()?;
    let mut programs = vec![RUST];
    for (name, in_short) in PYTHON {
        if short && !in_short {
            workspace.skip(&format!("prove: programs: {name}"), "its packages are large: it is in the full form");
        } else if let Err(why) = install(workspace, &python, name) {
            workspace.skip(&format!("prove: programs: {name}"), &format!("its packages cannot be had: {why}"));
        } else {
            programs.push(name);
        }
    }
    let form: &[&str] = if short { &["--short"] } else { &["--out", REPORT] };
    let binaries = workspace.target_dir("release");
    Ok(cmd!(sh, "{python} {FOLDER} --binaries {binaries} {form...} {programs...}").run()?)
}

/// The packages of a program, to the bit; none is compiled. The error is the last line that pip says.
fn install(workspace: &Workspace, python: &Path, name: &str) -> Result {
    let (sh, list) = (&workspace.sh, format!("{FOLDER}/requirements/{name}.txt"));
    let options = ["--quiet", "--disable-pip-version-check", "--no-deps", "--require-hashes", "--only-binary=:all:"];
    let pip = cmd!(sh, "{python} -m pip install {options...} --requirement {list}").quiet().ignore_status().output()?;
    if pip.status.success() {
        return Ok(());
    }
    let said = String::from_utf8_lossy(&pip.stderr);
    Err(said.trim_end().lines().last().unwrap_or("pip failed").to_owned().into())
}
