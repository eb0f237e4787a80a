//! Every developer task of the workspace, as one program: `cargo xtask TASK`.
//!
//! The tasks are in Rust so that they run wherever the project builds, and in one place so that a
//! person, the README and the continuous integration all call the same thing. A task's file says
//! what it checks and why; none of them changes a file that is kept in the repository, but `bench`
//! and `prove`, which write their reports.

mod tasks;
mod workspace;

use std::error::Error;
use std::ffi::OsString;
use std::process::ExitCode;

use workspace::Workspace;

const USAGE: &str = "\
usage: cargo xtask TASK [ARGUMENTS]

  demo [--short] [--seed N]   interrupt an import hundreds of times, without and with protection
  test                        everything below but bench, a short demo, parts of a short proof, and all tests
  prove [--short] [PART ...]  signals at every instruction, storms, faults, fuzzing, other people's programs
  bench [ARGUMENTS]           measure, and write the reports; --python: that of the Python package alone
  lint                        format, clippy, documentation, dependencies
  msrv                        the engine with its minimum Rust version, where that is installed
  targets                     clippy for other systems, where their standard library can be had
  portable                    all tests on Linux with what macOS and the BSDs get
  python [--cpython-tests | --frameworks]
                              build the Python package, check it, and test it on each CPython from 3.10 to 3.15; or
                              run CPython's own tests of signals beside it; or it beside real servers and shells
  windows                     cross-build for Windows, and run it under Wine, where Debian's packages can be had
  loom                        explore the thread interleavings of the fast path
  sanitize                    thread and address sanitizers, Miri; each as far as it is installed";

/// What a task ends with. The error is for a person to read.
type Result<T = ()> = std::result::Result<T, Box<dyn Error>>;

fn main() -> ExitCode {
    let mut arguments = std::env::args_os().skip(1);
    let task = arguments.next();
    match run(task.as_deref().and_then(|task| task.to_str()), arguments.collect()) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("xtask: {error}");
            ExitCode::FAILURE
        }
    }
}

fn run(task: Option<&str>, arguments: Vec<OsString>) -> Result {
    let Some(task) = task else {
        return Err(USAGE.into());
    };
    if matches!(task, "help" | "--help" | "-h") {
        println!("{USAGE}");
        return Ok(());
    }
    let takes_arguments = matches!(task, "demo" | "prove" | "bench" | "python");
    if let (false, Some(surplus)) = (takes_arguments, arguments.first()) {
        return Err(format!("{task} takes no argument {}\n\n{USAGE}", surplus.display()).into());
    }

    let workspace = Workspace::open()?;
    match task {
        "demo" => tasks::demo::run(&workspace, &arguments),
        "test" => tasks::test::run(&workspace),
        "prove" => tasks::prove::run(&workspace, &arguments),
        "bench" => tasks::bench::run(&workspace, &arguments),
        "lint" => tasks::lint::run(&workspace),
        "python" => tasks::python::run(&workspace, &arguments),
        "windows" => tasks::windows::run(&workspace),
        "msrv" => tasks::msrv::run(&workspace),
        "targets" => tasks::targets::run(&workspace),
        "portable" => tasks::portable::run(&workspace),
        "loom" => tasks::loom::run(&workspace),
        "sanitize" => tasks::sanitize::run(&workspace),
        _ => Err(format!("there is no task {task}\n\n{USAGE}").into()),
    }
}
