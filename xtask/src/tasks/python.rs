//! `cargo xtask python`: the Python package, built as its users get it, and tested on each CPython that is here.
//!
//! The wheel is built once, since it serves all versions; it and the source distribution are installed into clean
//! environments of the task's own, under the target folder.

pub(crate) mod interpreters;

use std::ffi::OsString;
use std::path::{Path, PathBuf};

use xshell::cmd;

use crate::Result;
use crate::workspace::Workspace;
use interpreters::Interpreter;

/// What builds the wheel, and what judges without running.
pub(crate) const TOOLS: &str = "python/requirements/tools.txt";
/// What the tests need.
pub(crate) const TESTS: &str = "python/requirements/tests.txt";
/// What the tests beside frameworks need.
const FRAMEWORKS: &str = "python/tests/frameworks/requirements.txt";
/// What is in Python elsewhere, from the package's folder: what measures it, what it is proved by, and other people's programs.
/// Each folder is a set of modules of its own.
const ELSEWHERE: [&str; 5] = [
    "../crates/bench/python",
    "../crates/prove/steps/python",
    "../crates/prove/storms/python",
    "../crates/prove/faults/python",
    "../crates/prove/programs",
];
/// The version of the package that ours succeeds, for the tests that compare.
const ORIGINAL: &str = "graceful-shutdown==0.1.2";

pub(crate) fn run(workspace: &Workspace, arguments: &[OsString]) -> Result {
    let beside = match arguments {
        [] => Beside::Nothing,
        [only] if only == "--cpython-tests" => Beside::CpythonsTests,
        [only] if only == "--frameworks" => Beside::Frameworks,
        _ => return Err("python takes no argument but --cpython-tests or --frameworks".into()),
    };
    let interpreters = interpreters::found(workspace);
    let Some(newest) = interpreters.last() else {
        workspace.skip("python", "there is no CPython from 3.10 to 3.15: python3, python3.N or one of pyenv's");
        return Ok(());
    };
    let tools = environment(workspace, newest, "tools", TOOLS)?;
    let built = workspace.target_dir("python").join("dist");
    workspace.step("python: wheel and source distribution", || build(workspace, &tools, &built))?;
    let wheel = only_file(&built, "whl")?;
    match beside {
        Beside::Nothing => {}
        Beside::CpythonsTests => {
            return interpreters.iter().try_for_each(|interpreter| cpythons_own(workspace, interpreter, &wheel));
        }
        Beside::Frameworks => return frameworks(workspace, newest, &wheel),
    }
    lint(workspace, &tools, &wheel)?;
    source_distribution(workspace, newest, &built)?;
    let original = original(workspace, &interpreters)?;
    for interpreter in &interpreters {
        let name = format!("python: tests on CPython {}", interpreter.version);
        workspace.step(&name, || tests(workspace, interpreter, &wheel, original.as_deref()))?;
    }
    Ok(())
}

/// Whose tests or programs run beside the package; with any, nothing else is done.
enum Beside {
    Nothing,
    CpythonsTests,
    Frameworks,
}

/// The folder of the programs that build the package; none where there is no interpreter.
pub(crate) fn tools(workspace: &Workspace) -> Result<Option<PathBuf>> {
    let Some(newest) = interpreters::found(workspace).pop() else { return Ok(None) };
    Ok(Some(environment(workspace, &newest, "tools", TOOLS)?))
}

pub(crate) fn build(workspace: &Workspace, tools: &Path, built: &Path) -> Result {
    let sh = &workspace.sh;
    sh.remove_path(built)?;
    let maturin = tools.join("maturin");
    let manifest = "python/Cargo.toml";
    cmd!(sh, "{maturin} build --quiet --release --locked --manifest-path {manifest} --out {built}").run()?;
    Ok(cmd!(sh, "{maturin} sdist --manifest-path {manifest} --out {built}").run()?)
}

fn lint(workspace: &Workspace, tools: &Path, wheel: &Path) -> Result {
    let sh = &workspace.sh;
    let (python, ruff, mypy) = (tools.join("python"), tools.join("ruff"), tools.join("mypy"));
    workspace.step("python: lint and types", || {
        cmd!(sh, "{python} -m pip install --quiet --disable-pip-version-check --force-reinstall --no-deps {wheel}")
            .run()?;
        let _python = sh.push_dir("python");
        cmd!(sh, "{ruff} check . {ELSEWHERE...}").run()?;
        cmd!(sh, "{ruff} format --check . {ELSEWHERE...}").run()?;
        cmd!(sh, "{mypy}").run()?;
        for folder in ELSEWHERE {
            cmd!(sh, "{mypy} {folder}").env("MYPYPATH", folder).run()?;
        }
        // In the environment where the wheel is installed: the stubs against what the native module has.
        cmd!(sh, "{python} -m mypy.stubtest graceful_shutdown --allowlist requirements/stubtest.txt").run()?;
        cmd!(sh, "{python} -m pyright --pythonpath {python}").run()?;
        Ok(())
    })
}

/// What a user of a system without a wheel does: pip builds it.
fn source_distribution(workspace: &Workspace, interpreter: &Interpreter, built: &Path) -> Result {
    let source = only_file(built, "gz")?;
    workspace.step("python: the source distribution installs", || {
        let sh = &workspace.sh;
        let clean = bare_environment(workspace, interpreter, "source")?;
        let python = clean.join("python");
        let target = workspace.target_dir("python").join("source-build");
        // The distribution's files have no times of their own: cargo takes what it built of other sources for theirs.
        sh.remove_path(&target)?;
        cmd!(sh, "{python} -m pip install --quiet --disable-pip-version-check --force-reinstall {source}")
            .env("CARGO_TARGET_DIR", target)
            .run()?;
        let said = cmd!(sh, "{python} -c 'import graceful_shutdown as g; print(g.ShutdownProtection(4))'").read()?;
        if said == "ShutdownProtection(max_exec_time=4)" { Ok(()) } else { Err(format!("it said {said}").into()) }
    })
}

/// The package that ours succeeds, where it runs: it is for CPython 3.9 to 3.12.
fn original(workspace: &Workspace, interpreters: &[Interpreter]) -> Result<Option<PathBuf>> {
    let Some(interpreter) = interpreters.iter().find(|interpreter| interpreter.version == "3.11") else {
        workspace.skip("python: comparison with 0.1.2", "it takes CPython 3.11");
        return Ok(None);
    };
    let environment = bare_environment(workspace, interpreter, "original")?;
    let (sh, python) = (&workspace.sh, environment.join("python"));
    cmd!(sh, "{python} -m pip install --quiet --disable-pip-version-check {ORIGINAL}").run()?;
    Ok(Some(python))
}

fn tests(workspace: &Workspace, interpreter: &Interpreter, wheel: &Path, original: Option<&Path>) -> Result {
    let sh = &workspace.sh;
    let python = environment(workspace, interpreter, "tests", TESTS)?.join("python");
    cmd!(sh, "{python} -m pip install --quiet --disable-pip-version-check --force-reinstall --no-deps {wheel}")
        .run()?;
    let _python = sh.push_dir("python");
    // Those of other people's servers and shells take long, and packages of theirs.
    let tests = cmd!(sh, "{python} -m pytest --quiet --numprocesses 4 --ignore tests/frameworks");
    let tests = match original {
        Some(original) => tests.env("GRACEFUL_SHUTDOWN_ORIGINAL", original),
        None => tests,
    };
    Ok(tests.run()?)
}

/// The tests beside other people's servers and shells. What is missing is skipped, and says so.
fn frameworks(workspace: &Workspace, interpreter: &Interpreter, wheel: &Path) -> Result {
    let sh = &workspace.sh;
    workspace.step(&format!("python: beside frameworks, on CPython {}", interpreter.version), || {
        let python = environment(workspace, interpreter, "frameworks", FRAMEWORKS)?.join("python");
        cmd!(sh, "{python} -m pip install --quiet --disable-pip-version-check --force-reinstall --no-deps {wheel}")
            .run()?;
        let _python = sh.push_dir("python");
        Ok(cmd!(sh, "{python} -m pytest --quiet -r s tests/frameworks").run()?)
    })
}

/// The interpreter's own tests of signals, with the package beside them: the same results as without it. Takes minutes.
fn cpythons_own(workspace: &Workspace, interpreter: &Interpreter, wheel: &Path) -> Result {
    let sh = &workspace.sh;
    let name = format!("python: the tests of CPython {} itself", interpreter.version);
    workspace.step(&name, || {
        let python = bare_environment(workspace, interpreter, "cpython")?.join("python");
        cmd!(sh, "{python} -m pip install --quiet --disable-pip-version-check --force-reinstall --no-deps {wheel}")
            .run()?;
        Ok(cmd!(sh, "{python} python/tests/cpython_suite.py").run()?)
    })
}

/// An environment of this interpreter with these requirements; its folder of programs.
pub(crate) fn environment(
    workspace: &Workspace,
    interpreter: &Interpreter,
    name: &str,
    requirements: &str,
) -> Result<PathBuf> {
    let programs = bare_environment(workspace, interpreter, name)?;
    let (sh, python) = (&workspace.sh, programs.join("python"));
    cmd!(sh, "{python} -m pip install --quiet --disable-pip-version-check --requirement {requirements}").run()?;
    Ok(programs)
}

pub(crate) fn bare_environment(workspace: &Workspace, interpreter: &Interpreter, name: &str) -> Result<PathBuf> {
    let sh = &workspace.sh;
    let folder = workspace.target_dir("python").join(format!("{name}-{}", interpreter.version));
    let programs = folder.join("bin");
    if !programs.join("python").exists() {
        let python = &interpreter.program;
        cmd!(sh, "{python} -m venv {folder}").run()?;
    }
    Ok(programs)
}

/// The one file of this kind in a folder.
pub(crate) fn only_file(folder: &Path, extension: &str) -> Result<PathBuf> {
    let mut found = Vec::new();
    for entry in std::fs::read_dir(folder)? {
        let path = entry?.path();
        if path.extension().is_some_and(|has| has == extension) {
            found.push(path);
        }
    }
    match found.as_slice() {
        [only] => Ok(only.clone()),
        _ => Err(format!("{} has {} files .{extension}, not one", folder.display(), found.len()).into()),
    }
}
