//! The Python table: the wheel, the floor, and an environment of the task's own in which both are measured.

use std::ffi::{OsStr, OsString};
use std::path::{Path, PathBuf};

use xshell::cmd;

use crate::Result;
use crate::tasks::python::interpreters;
use crate::tasks::python::{TOOLS, build, environment, only_file};
use crate::workspace::Workspace;

pub(crate) fn run(workspace: &Workspace, arguments: &[&OsString]) -> Result {
    let Some(interpreter) = interpreters::reference(workspace) else {
        workspace.skip("bench: the Python package", interpreters::NO_REFERENCE);
        return Ok(());
    };
    let programs = environment(workspace, &interpreter, "tools", TOOLS)?;
    let folder = workspace.target_dir("python").join("bench");
    let built = folder.join("dist");
    workspace.step("bench: the wheel and the floor", || {
        build(workspace, &programs, &built)?;
        let sh = &workspace.sh;
        Ok(cmd!(sh, "cargo build --quiet --release --locked --package bench-floor").run()?)
    })?;
    let wheel = only_file(&built, "whl")?;
    let floor = workspace.target_dir("release").join("libbench_floor.so");
    let (sh, python) = (&workspace.sh, programs.join("python"));
    let measured = cmd!(sh, "{python} crates/bench/python --wheel {wheel} --floor {floor} --work {folder}");
    let measured =
        if arguments.iter().any(|argument| *argument == "--short") { measured.arg("--short") } else { measured };
    let measured = match output(arguments) {
        Some(output) => measured.arg("--out").arg(output),
        None => measured,
    };
    Ok(measured.run()?)
}

/// Beside the report of the crate. A short run must not replace the figures of a full one unasked.
fn output(arguments: &[&OsString]) -> Option<PathBuf> {
    let given = arguments.iter().position(|argument| *argument == "--out").and_then(|index| arguments.get(index + 1));
    match given {
        Some(given) => {
            let given = Path::new(given);
            let stem = given.file_stem().unwrap_or(OsStr::new("bench")).to_string_lossy();
            Some(given.with_file_name(format!("{stem}-python.md")))
        }
        None if arguments.iter().any(|argument| *argument == "--short") => None,
        None => Some("docs/bench-python.md".into()),
    }
}
