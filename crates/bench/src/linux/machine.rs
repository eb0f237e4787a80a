//! What the figures were measured on, and which versions of the crates.

use std::fs;
use std::path::Path;
use std::process::Command;
use std::thread;

use crate::linux::clock;
use crate::linux::table::figure;

/// The crates whose versions belong to the figures.
const CRATES: [&str; 7] =
    ["shutdown-protection", "signal-hook", "ctrlc", "tokio", "tokio-util", "graceful-shutdown", "pollster"];

/// The facts, one a line, as a Markdown list.
pub(crate) fn facts(workspace: &Path) -> String {
    let facts = [
        format!(
            "Processor: {}, {} visible to the process",
            processor(),
            thread::available_parallelism().map_or(0, usize::from)
        ),
        format!("Kernel: {}", line("/proc/sys/kernel/osrelease")),
        format!("Clock source: {}", line("/sys/devices/system/clocksource/clocksource0/current_clocksource")),
        format!("Tick of the coarse clock: {} ms", figure(clock::coarse_tick() as f64 / 1e6)),
        format!("Load when the run began: {}", line("/proc/loadavg")),
        format!("Compiler: {}", compiler()),
        format!("Crates: {}", versions(workspace)),
    ];
    facts.map(|fact| format!("- {fact}\n")).concat()
}

fn processor() -> String {
    let text = fs::read_to_string("/proc/cpuinfo").unwrap_or_default();
    let model = text
        .lines()
        .find_map(|line| line.strip_prefix("model name"))
        .map(|rest| rest.trim_start_matches([' ', '\t', ':']));
    model.unwrap_or("unknown").to_owned()
}

fn line(path: &str) -> String {
    fs::read_to_string(path).map_or_else(|_| "unknown".to_owned(), |text| text.trim().to_owned())
}

/// The compiler that cargo finds now, which is the one that has just built this.
fn compiler() -> String {
    let output = Command::new("rustc").arg("--version").output();
    let text = output.ok().and_then(|output| String::from_utf8(output.stdout).ok());
    text.map_or_else(|| "unknown".to_owned(), |text| text.trim().to_owned())
}

/// The versions in the lockfile: those that were built.
fn versions(workspace: &Path) -> String {
    let lock = fs::read_to_string(workspace.join("Cargo.lock")).unwrap_or_default();
    CRATES.map(|name| format!("{name} {}", version(&lock, name).unwrap_or("unknown"))).join(", ")
}

/// The version of a crate that this package depends on. Where the lockfile has several of that name, this package's
/// entry says which.
fn version<'a>(lock: &'a str, name: &str) -> Option<&'a str> {
    let entry = |name: &str| {
        let first = format!("\nname = \"{name}\"\n");
        lock.split("[[package]]").find(|package| package.starts_with(&first))
    };
    let dependency = format!("\"{name} ");
    let chosen = entry(env!("CARGO_PKG_NAME"))?.split_once(&dependency).map(|(_, rest)| rest);
    let only = || entry(name)?.split_once("version = \"").map(|(_, rest)| rest);
    chosen.or_else(only)?.split('"').next()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_version_is_the_one_that_this_package_depends_on() {
        let package = |name, rest| format!("[[package]]\nname = \"{name}\"\n{rest}\n\n");
        let lock = [
            package("bench", "dependencies = [\n \"hook 0.4.6\",\n \"tokio\",\n]"),
            package("hook", "version = \"0.3.18\""),
            package("hook", "version = \"0.4.6\""),
            package("tokio", "version = \"1.54.1\""),
        ]
        .concat();
        assert_eq!(version(&lock, "hook"), Some("0.4.6"));
        assert_eq!(version(&lock, "tokio"), Some("1.54.1"));
        assert_eq!(version(&lock, "other"), None);
    }
}
