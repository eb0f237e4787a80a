//! Inputs that nobody thought of: sequences for the machine, by cargo-fuzz, and arguments for the Python package.
//!
//! The fuzzer of the folder `fuzz` looks for sequences of events, blocks and times at which the machine does not do what
//! its naive model does, or breaks a property. What leads it to a new place in the code is kept in `fuzz/corpus`, which a
//! test of the engine replays, so that it is run where there is no fuzzer. The short form fuzzes some seconds; the tests of
//! the Python package try odd arguments themselves. The full form takes half an hour, and writes `docs/prove/fuzz.md`.

use std::path::{Path, PathBuf};
use std::time::Duration;

use xshell::cmd;

use crate::Result;
use crate::tasks::python;
use crate::tasks::python::interpreters::{self, Interpreter};
use crate::workspace::Workspace;

mod report;

const NIGHTLY: &str = "+nightly";
const HOST: &str = "x86_64-unknown-linux-gnu";
const SHORT: Duration = Duration::from_secs(20);
const FULL: Duration = Duration::from_secs(10 * 60);
const ARGUMENTS: &str = "10000";
/// Under the address sanitizer.
const FEW: &str = "1000";
const SANITIZED: &[&str] =
    &[ODD_ARGUMENTS, "tests/test_one_object.py", "tests/test_threads.py", "tests/test_arguments_own_code.py"];
const ODD_ARGUMENTS: &str = "tests/test_arguments_fuzzed.py";

pub(crate) fn run(workspace: &Workspace, short: bool) -> Result {
    let machine = machine(workspace, if short { SHORT } else { FULL })?;
    if short {
        return Ok(());
    }
    let python = arguments(workspace)?;
    let sanitized = sanitized(workspace)?;
    report::write(workspace, &[machine, python, sanitized])
}

/// A line of the report: what was tried, and what that was.
type Row = [String; 2];

fn machine(workspace: &Workspace, time: Duration) -> Result<Row> {
    const NAME: &str = "the machine's inputs";
    let missing = if !workspace.has_nightly() {
        Some("there is no nightly compiler: rustup toolchain install nightly")
    } else if !workspace.has_subcommand("fuzz") {
        Some("cargo-fuzz is missing: cargo install cargo-fuzz --locked")
    } else {
        None
    };
    if let Some(why) = missing {
        return Ok(skip(workspace, NAME, &format!("{why}; the kept corpus is replayed by the engine's tests")));
    }
    let sh = &workspace.sh;
    let target = workspace.target_dir("fuzz");
    // It has no unsafe code, and is twice as fast without the address sanitizer.
    let fuzz = |what: &str| {
        let fuzz = cmd!(sh, "cargo").args([NIGHTLY, "fuzz", what, "--sanitizer", "none", "--target-dir"]);
        fuzz.arg(&target).arg("machine")
    };
    let mut seen = String::new();
    workspace.step("fuzz: build", || Ok(fuzz("build").run()?))?;
    workspace.step("fuzz: the machine's inputs", || {
        // What is new goes to the first folder: the kept corpus changes only where somebody means it to.
        let found = target.join("found");
        sh.create_dir(&found)?;
        let run = fuzz("run").arg(&found).arg("fuzz/corpus/machine").arg("--");
        let seconds = format!("-max_total_time={}", time.as_secs());
        let output = run.args([&seconds, "-max_len=400", "-len_control=0", "-print_final_stats=1"]);
        let output = output.ignore_status().output()?;
        let said = String::from_utf8_lossy(&output.stderr);
        if !output.status.success() {
            eprintln!("{said}");
            return Err("it has found something: the input is in fuzz/artifacts, and the text above says what".into());
        }
        seen = report::fuzzed(&said).ok_or("the fuzzer does not say what it has done")?;
        println!("{seen}");
        Ok(())
    })?;
    Ok([NAME.to_owned(), seen])
}

fn arguments(workspace: &Workspace) -> Result<Row> {
    const NAME: &str = "the Python package's arguments";
    let (Some(interpreter), Some(tools)) = (interpreters::found(workspace).pop(), python::tools(workspace)?) else {
        return Ok(skip(workspace, NAME, "there is no CPython from 3.10 to 3.15"));
    };
    let built = workspace.target_dir("python").join("fuzzed");
    workspace.step("fuzz: build the Python package", || python::build(workspace, &tools, &built))?;
    workspace.step("fuzz: the Python package's arguments", || {
        let python = with_package(workspace, &interpreter, "fuzzed", &built)?;
        tests(workspace, &python, &[ODD_ARGUMENTS], &[("ARGUMENT_EXAMPLES", ARGUMENTS)])
    })?;
    let calls = format!("{ARGUMENTS} calls of its functions and {ARGUMENTS} values to its methods");
    Ok([NAME.to_owned(), format!("{calls}, CPython {}", interpreter.version)])
}

/// The package beside the address sanitizer, whose library is loaded before the interpreter. What the interpreter never
/// frees is no matter.
fn sanitized(workspace: &Workspace) -> Result<Row> {
    const NAME: &str = "the Python package under the address sanitizer";
    let sh = &workspace.sh;
    let library = cmd!(sh, "cc -print-file-name=libasan.so").quiet().ignore_stderr().read().unwrap_or_default();
    let can_be_built = workspace.has_nightly() && workspace.host()? == HOST && library.contains('/');
    let (true, Some(interpreter), Some(tools)) =
        (can_be_built, interpreters::found(workspace).pop(), python::tools(workspace)?)
    else {
        return Ok(skip(workspace, NAME, "it takes a nightly compiler for Linux, the libasan of gcc, and a CPython"));
    };
    let built = workspace.target_dir("python").join("sanitized");
    workspace.step("fuzz: build the Python package with the address sanitizer", || {
        sh.remove_path(&built)?;
        let maturin = tools.join("maturin");
        let build = cmd!(sh, "{maturin} build --quiet --locked --target {HOST} --auditwheel skip --out {built}");
        let build = build.args(["--manifest-path", "python/Cargo.toml"]).env("RUSTUP_TOOLCHAIN", "nightly");
        let build = build.env("CARGO_TARGET_DIR", workspace.target_dir("address"));
        Ok(build.env("RUSTFLAGS", "-Zsanitizer=address -Cunsafe-allow-abi-mismatch=sanitizer").run()?)
    })?;
    workspace.step("fuzz: the Python package's tests under the address sanitizer", || {
        let python = with_package(workspace, &interpreter, "sanitized", &built)?;
        let variables =
            [("LD_PRELOAD", library.as_str()), ("ASAN_OPTIONS", "detect_leaks=0"), ("ARGUMENT_EXAMPLES", FEW)];
        tests(workspace, &python, SANITIZED, &variables)
    })?;
    let tests = SANITIZED.join(", ");
    Ok([NAME.to_owned(), format!("{tests}, with {FEW} odd arguments each, CPython {}", interpreter.version)])
}

/// An environment with the one wheel of this folder; its interpreter.
fn with_package(workspace: &Workspace, interpreter: &Interpreter, name: &str, built: &Path) -> Result<PathBuf> {
    let sh = &workspace.sh;
    let python = python::environment(workspace, interpreter, name, python::TESTS)?.join("python");
    let wheel = python::only_file(built, "whl")?;
    cmd!(sh, "{python} -m pip install --quiet --disable-pip-version-check --force-reinstall --no-deps {wheel}")
        .run()?;
    Ok(python)
}

fn tests(workspace: &Workspace, python: &Path, files: &[&str], variables: &[(&str, &str)]) -> Result {
    let sh = &workspace.sh;
    let _python = sh.push_dir("python");
    Ok(cmd!(sh, "{python} -m pytest --quiet {files...}").envs(variables.iter().copied()).run()?)
}

fn skip(workspace: &Workspace, name: &str, why: &str) -> Row {
    workspace.skip(&format!("fuzz: {name}"), why);
    [name.to_owned(), format!("skipped: {why}")]
}
