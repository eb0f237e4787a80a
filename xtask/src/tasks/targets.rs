//! `cargo xtask targets`: clippy on the engine for other systems. Nothing is linked, so it takes no linker of theirs.
//!
//! It takes their standard library: installed by rustup, or built from its source. That only a nightly compiler does, or
//! one that is told to be as one: Debian brings the source for its own (packages rustc-web, cargo-web, rust-web-clippy
//! and rust-web-src).

use std::path::Path;

use xshell::Cmd;

use crate::Result;
use crate::workspace::{ENGINE, Workspace};

/// One for each way that the code or its C library differs; another processor of the same system adds little.
const TARGETS: [&str; 8] = [
    "aarch64-apple-darwin",
    "x86_64-unknown-freebsd",
    "x86_64-unknown-netbsd",
    "x86_64-unknown-openbsd",
    "aarch64-linux-android",
    "aarch64-unknown-linux-musl",
    "armv7-unknown-linux-musleabihf",
    "x86_64-unknown-linux-musl",
];

/// Those of `cargo xtask test`: another kernel with another linker, another C library, another word size. Each costs a standard
/// library of its own.
const QUICK: [&str; 3] = ["aarch64-apple-darwin", "x86_64-unknown-freebsd", "armv7-unknown-linux-musleabihf"];

pub(crate) fn run(workspace: &Workspace) -> Result {
    check(workspace, &TARGETS)
}

pub(crate) fn run_quick(workspace: &Workspace) -> Result {
    check(workspace, &QUICK)
}

fn check(workspace: &Workspace, targets: &[&'static str]) -> Result {
    let installed = workspace.rustup(&["target", "list", "--installed"]);
    let (ready, others): (Vec<_>, Vec<_>) =
        targets.iter().copied().partition(|target| installed.iter().any(|it| it == target));
    for target in ready {
        workspace.step(&format!("target {target}"), || Ok(clippy(workspace.sh.cmd("cargo"), &[target]).run()?))?;
    }
    if others.is_empty() {
        return Ok(());
    }
    let Some(builder) = builder(workspace) else {
        let why = "no compiler has the source of its standard library: rustup component add --toolchain nightly \
                   rust-src clippy, or apt-get install rustc-web cargo-web rust-web-clippy rust-web-src";
        workspace.skip(&format!("targets {}", others.join(" ")), why);
        return Ok(());
    };
    // All in one: it builds several standard libraries at once.
    workspace.step(&format!("targets {}", others.join(" ")), || {
        let command = clippy(builder, &others);
        let command = command.env("CARGO_UNSTABLE_BUILD_STD", "std,panic_unwind");
        // Without the library that reads debug information, which only a program that runs needs.
        let command = command.env("CARGO_UNSTABLE_BUILD_STD_FEATURES", "panic-unwind");
        let command =
            command.env("CARGO_PROFILE_DEV_DEBUG", "0").env("CARGO_TARGET_DIR", workspace.target_dir("targets"));
        Ok(command.run()?)
    })
}

/// A cargo that can build the standard library from its source.
fn builder(workspace: &Workspace) -> Option<Cmd<'_>> {
    let sh = &workspace.sh;
    if workspace.has_nightly() {
        let installed = workspace.rustup(&["+nightly", "component", "list", "--installed"]);
        let has = |wanted: &str| installed.iter().any(|component| component.starts_with(wanted));
        if has("rust-src") && has("clippy") {
            return Some(sh.cmd("cargo").arg("+nightly"));
        }
    }
    const DEBIAN: [&str; 4] =
        ["/usr/bin/cargo", "/usr/bin/rustc", "/usr/bin/cargo-clippy", "/usr/lib/rustlib/src/rust/library/std"];
    let [cargo, rustc, clippy, _] = DEBIAN;
    DEBIAN.iter().all(|path| Path::new(path).exists()).then(|| {
        // Not through `cargo`, which would take rustup's clippy.
        let command = sh.cmd(clippy).env("CARGO", cargo).env("RUSTC", rustc).env("RUSTC_BOOTSTRAP", "1");
        command.env_remove("RUSTUP_TOOLCHAIN").env_remove("RUSTDOC")
    })
}

fn clippy<'a>(command: Cmd<'a>, targets: &[&str]) -> Cmd<'a> {
    let command = command.args(["clippy", "--quiet", "--package", ENGINE, "--all-features"]);
    let command = targets.iter().fold(command, |command, target| command.args(["--target", target]));
    // It does not see the `const` through the macro of systems without thread-local variables of their own.
    command.args(["--", "-D", "warnings", "-A", "clippy::missing_const_for_thread_local"])
}
