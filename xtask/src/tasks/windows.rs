//! `cargo xtask windows`: the engine, its contract tests, the demo and the Python package on Windows, or what is nearest.
//!
//! Everything is cross-built and run under Wine, in a console, with a CPython for Windows. What costs minutes is made once
//! and kept in the user's cache: the standard library, Wine's prefix, the interpreter. What Wine does differently from
//! Windows is in PLATFORM.md. On a Windows machine `cargo test` runs the same tests.

mod builder;
mod cache;
mod console;
mod interpreter;
mod packages;
mod prefix;
mod python;

use crate::Result;
use crate::workspace::{ENGINE, Workspace};
use builder::Builder;
use cache::Cache;
use prefix::Prefix;

const TARGET: &str = "x86_64-pc-windows-gnu";
/// What is run under Wine: the packages, and of them all but the documentation, which rustdoc would have to link.
const TESTED: [&str; 10] = [
    "--package",
    ENGINE,
    "--package",
    "contract-tests",
    "--package",
    "transfers-demo",
    "--lib",
    "--bins",
    "--examples",
    "--tests",
];
/// It asks all programs of the prefix to end, the other tests among them.
const ENDS_THE_SESSION: &str = "windows::session";

pub(crate) fn run(workspace: &Workspace) -> Result {
    if let Err(why) = packages::install(workspace) {
        workspace.skip("windows", &why);
        return Ok(());
    }
    let cache = Cache::open()?;
    let builder = Builder::new(workspace, &cache)?;
    workspace.step("windows: clippy", || Ok(builder.clippy(&TESTED).run()?))?;
    // First all that is compiled, then all that is timed.
    workspace.step("windows: build", || Ok(builder.test().args(TESTED).arg("--no-run").run()?))?;
    let mut prefix = None;
    workspace.step("windows: Wine's prefix", || {
        prefix = Some(Prefix::start(workspace, &cache)?);
        Ok(())
    })?;
    let prefix = prefix.ok_or("the step has made it")?;
    workspace.step("windows: tests", || prefix.in_a_console(builder.test().args(TESTED)))?;
    python::run(workspace, &cache, &builder, &prefix)?;
    workspace.step("windows: the end of a session", || {
        let test = builder.test().args(["--package", "contract-tests", "--test", "it"]);
        prefix.in_a_console(test.args(["--", "--ignored", ENDS_THE_SESSION]))
    })
}
