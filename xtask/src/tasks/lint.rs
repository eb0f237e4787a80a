//! `cargo xtask lint`: everything that is judged without running a test. Warnings are errors.

use xshell::cmd;

use crate::Result;
use crate::workspace::{ENGINE, Workspace};

pub(crate) fn run(workspace: &Workspace) -> Result {
    let sh = &workspace.sh;
    workspace.step("lint: format", || {
        cmd!(sh, "cargo fmt --all --check").run()?;
        // A workspace of its own.
        Ok(cmd!(sh, "cargo fmt --manifest-path fuzz/Cargo.toml --check").run()?)
    })?;
    workspace.step("lint: clippy", || {
        Ok(cmd!(sh, "cargo clippy --quiet --workspace --all-targets --all-features -- -D warnings").run()?)
    })?;
    // What only a feature uses is dead code without it.
    workspace.step("lint: clippy without features", || {
        Ok(cmd!(sh, "cargo clippy --quiet --package {ENGINE} --no-default-features -- -D warnings").run()?)
    })?;
    workspace.step("lint: documentation", || {
        let doc = cmd!(sh, "cargo doc --quiet --workspace --no-deps --all-features");
        Ok(doc.env("RUSTDOCFLAGS", "-Dwarnings").run()?)
    })?;
    dependencies(workspace)?;
    interface(workspace)
}

/// Licences, sources and banned crates, by the rules in `deny.toml`. Not the advisories: they change
/// from day to day, and need a database from the network.
fn dependencies(workspace: &Workspace) -> Result {
    const NAME: &str = "lint: dependencies";
    if !workspace.has_subcommand("deny") {
        workspace.skip(NAME, "cargo-deny is missing: cargo install cargo-deny --locked");
        return Ok(());
    }
    let sh = &workspace.sh;
    workspace.step(NAME, || {
        cmd!(sh, "cargo deny check licenses sources").run()?;
        // The bans are for what a user of the engine gets; its tests and the tools are freer.
        let manifest = format!("crates/{ENGINE}/Cargo.toml");
        let deny = cmd!(sh, "cargo deny --manifest-path {manifest} --exclude-dev");
        Ok(deny.args(["--config", "deny.toml", "check", "bans"]).run()?)
    })
}

/// The public interface against that of the last release, which is found by its tag.
fn interface(workspace: &Workspace) -> Result {
    const NAME: &str = "lint: compatible interface";
    let sh = &workspace.sh;
    let last_release = cmd!(sh, "git describe --tags --abbrev=0 --match v*").quiet().ignore_stderr().read();
    match last_release {
        Err(_) => workspace.skip(NAME, "there is no release yet (no tag v*) to compare with"),
        Ok(_) if !workspace.has_subcommand("semver-checks") => {
            workspace.skip(NAME, "cargo-semver-checks is missing: cargo install cargo-semver-checks --locked");
        }
        Ok(tag) => workspace
            .step(NAME, || Ok(cmd!(sh, "cargo semver-checks --package {ENGINE} --baseline-rev {tag}").run()?))?,
    }
    Ok(())
}
