//! The Python package for Windows: its wheel, cross-built, in the real interpreter under Wine.

use std::path::Path;

use xshell::cmd;

use super::builder::Builder;
use super::cache::Cache;
use super::interpreter;
use super::prefix::Prefix;
use crate::Result;
use crate::tasks::python;
use crate::workspace::Workspace;

/// The tests that are for Windows.
const TESTS: &str = "python/tests/windows";

pub(crate) fn run(workspace: &Workspace, cache: &Cache, builder: &Builder<'_>, prefix: &Prefix<'_>) -> Result {
    const NAME: &str = "windows: python";
    if !workspace.root.join(TESTS).is_dir() {
        workspace.skip(NAME, &format!("the package is not for Windows yet: there are no tests in {TESTS}"));
        return Ok(());
    }
    let Some(tools) = python::tools(workspace)? else {
        workspace.skip(NAME, "there is no CPython to build the wheel with");
        return Ok(());
    };
    let pip = tools.join("python");
    let built = workspace.target_dir("windows-wheel");
    let package = ["--package", "graceful-shutdown-python", "--lib"];
    workspace.step("windows: python clippy", || Ok(builder.clippy(&package).run()?))?;
    workspace.step("windows: wheel", || wheel(workspace, builder, &tools, &built))?;
    let mut folder = None;
    workspace.step("windows: CPython", || {
        folder = Some(interpreter::unpacked(workspace, cache, &pip)?);
        Ok(())
    })?;
    let folder = folder.ok_or("the step has made it")?;
    workspace.step("windows: python tests", || {
        let sh = &workspace.sh;
        let installed = folder.join("Lib/site-packages");
        let wheel = python::only_file(&built, "whl")?;
        sh.remove_path(installed.join("graceful_shutdown"))?;
        cmd!(sh, "{pip} -m zipfile --extract {wheel} {installed}").quiet().run()?;
        // The programs that deliver console events and messages, see their own description.
        let host = builder.programs().join("console-host.exe");
        let _python = sh.push_dir("python");
        let tests = prefix.wine().arg(folder.join("python.exe")).env("CONSOLE_HOST", host);
        // Nothing of another system's run is to be taken for this one's.
        let tests = tests.env("PYTHONDONTWRITEBYTECODE", "1");
        let tests = tests.args(["-m", "pytest", "-p", "no:cacheprovider", "--quiet", "--numprocesses", "2"]);
        prefix.in_a_console(tests.arg("tests/windows"))
    })
}

/// As quick to build as it can be: the tests are not about speed. Releases are built by the workflow.
fn wheel(workspace: &Workspace, builder: &Builder<'_>, tools: &Path, built: &Path) -> Result {
    workspace.sh.remove_path(built)?;
    let maturin =
        builder.command(tools.join("maturin")).args(["build", "--quiet", "--locked", "--target", super::TARGET]);
    Ok(maturin.args(["--manifest-path", "python/Cargo.toml", "--out"]).arg(built).run()?)
}
