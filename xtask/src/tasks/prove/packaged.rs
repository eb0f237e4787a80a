//! Parts whose programs under test are in Rust and in Python: the package is built, and installed into an environment of
//! the proof's own.

use std::path::PathBuf;

use xshell::cmd;

use crate::Result;
use crate::tasks::python::interpreters::{self, Interpreter};
use crate::tasks::python::{TOOLS, build, environment, only_file};
use crate::workspace::Workspace;

/// Builds these packages, the first of which is the part's program, and runs it; the full form writes its report.
pub(super) fn run(workspace: &Workspace, part: &str, packages: &[&str], short: bool) -> Result {
    let sh = &workspace.sh;
    let chosen = packages.iter().flat_map(|package| ["--package", package]);
    cmd!(sh, "cargo build --quiet --release --locked").args(chosen).run()?;
    let python = python(workspace)?;
    let program = workspace.target_dir("release").join(packages[0]);
    let mut arguments: Vec<PathBuf> = Vec::new();
    if let Some(python) = python {
        arguments.extend(["--python".into(), python]);
    }
    if short {
        arguments.push("--short".into());
    } else {
        sh.create_dir("docs/prove")?;
        arguments.extend(["--out".into(), format!("docs/prove/{part}.md").into()]);
    }
    Ok(cmd!(sh, "{program} {arguments...}").run()?)
}

/// The newest interpreter that the package is tested on each time, with the package; none where there is none.
fn python(workspace: &Workspace) -> Result<Option<PathBuf>> {
    let mut found = interpreters::found(workspace);
    found.retain(|Interpreter { version, .. }| !matches!(*version, "3.14" | "3.15"));
    let Some(interpreter) = found.pop() else { return Ok(None) };
    let programs = environment(workspace, &interpreter, "tools", TOOLS)?;
    let built = workspace.target_dir("python").join("prove").join("dist");
    build(workspace, &programs, &built)?;
    let (sh, python, wheel) = (&workspace.sh, programs.join("python"), only_file(&built, "whl")?);
    cmd!(sh, "{python} -m pip install --quiet --disable-pip-version-check --force-reinstall --no-deps {wheel}")
        .run()?;
    Ok(Some(python))
}
