//! `cargo xtask msrv`: the engine with a compiler of its `rust-version`, and not only a lint that knows the standard library.
//!
//! The compiler is that of rustup's toolchain of the version, or of the cargo that the variable `MSRV_CARGO` names (its
//! `rustc` is looked for beside it). Only the engine has the promise: the other packages' dependencies want newer ones.

use std::path::Path;

use xshell::{Cmd, cmd};

use crate::Result;
use crate::workspace::{ENGINE, Workspace};

const VARIABLE: &str = "MSRV_CARGO";

pub(crate) fn run(workspace: &Workspace) -> Result {
    let manifest = workspace.sh.read_file("Cargo.toml")?;
    let version = manifest.lines().find_map(|line| line.strip_prefix("rust-version = ")).map(|it| it.trim_matches('"'));
    let version = version.ok_or("the workspace's manifest has no rust-version")?;
    let name = format!("minimum Rust version, {version}");

    let cargo = std::env::var(VARIABLE).ok().filter(|named| !named.is_empty());
    let toolchains = workspace.rustup(&["toolchain", "list"]);
    let is_it = |line: &&String| line.strip_prefix(version).is_some_and(|rest| rest.starts_with(['.', '-']));
    let toolchain = toolchains.iter().find(is_it).and_then(|line| line.split_whitespace().next());
    if cargo.is_none() && toolchain.is_none() {
        let why = format!("it is missing: rustup toolchain install {version}, or {VARIABLE}=/path/to/its/cargo");
        workspace.skip(&name, &why);
        return Ok(());
    }
    let command = || match (&cargo, toolchain) {
        (Some(cargo), _) => named(workspace, cargo),
        (None, toolchain) => workspace.sh.cmd("cargo").args(toolchain.map(|it| format!("+{it}"))),
    };
    workspace.step(&name, || {
        let found = command().arg("--version").quiet().read()?;
        if !found.starts_with(&format!("cargo {version}.")) {
            return Err(format!("{found} is not of this version").into());
        }
        let test = || {
            let test = command().env("CARGO_TARGET_DIR", workspace.target_dir("msrv"));
            test.args(["test", "--quiet", "--locked", "--package", ENGINE, "--lib"])
        };
        test().arg("--all-features").run()?;
        Ok(test().arg("--no-default-features").run()?)
    })
}

/// A cargo by its path, with the compiler beside it; rustup's may stand first in the path otherwise.
fn named<'a>(workspace: &'a Workspace, cargo: &str) -> Cmd<'a> {
    let sh = &workspace.sh;
    let command = cmd!(sh, "{cargo}").env_remove("RUSTUP_TOOLCHAIN").env_remove("RUSTDOC");
    let compiler = Path::new(cargo).with_file_name("rustc");
    if compiler.is_file() { command.env("RUSTC", compiler) } else { command }
}
