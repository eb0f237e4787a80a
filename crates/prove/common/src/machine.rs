//! What the figures were measured on.

use std::fs;
use std::path::Path;
use std::process::Command;

/// The facts, one a line, as a Markdown list.
#[must_use]
pub fn facts(python: Option<&Path>) -> String {
    let processors = std::thread::available_parallelism().map_or(0, usize::from);
    let mut facts = vec![
        format!("Date: {}", said(Command::new("date").args(["--utc", "+%F"]))),
        format!("Processor: {}, {processors} visible to the process", processor()),
        format!("Kernel: {}", line("/proc/sys/kernel/osrelease")),
        format!("Load when the run began: {}", load()),
        format!("Compiler: {}", said(Command::new("rustc").arg("--version"))),
        format!("shutdown-protection {}, `{}` build", env!("CARGO_PKG_VERSION"), profile()),
    ];
    if let Some(python) = python {
        facts.push(said(Command::new(python).args(["-c", VERSIONS])));
    }
    facts.iter().map(|fact| format!("- {fact}\n")).collect()
}

/// Of the last 1, 5 and 15 minutes.
#[must_use]
pub fn load() -> String {
    line("/proc/loadavg").split(' ').take(3).collect::<Vec<_>>().join(", ")
}

const VERSIONS: &str = "import platform, importlib.metadata as m; \
    print(platform.python_implementation(), platform.python_version() + ', graceful-shutdown', m.version('graceful-shutdown'))";

fn profile() -> &'static str {
    if cfg!(debug_assertions) { "debug" } else { "release" }
}

fn processor() -> String {
    let text = fs::read_to_string("/proc/cpuinfo").unwrap_or_default();
    let model = text.lines().find_map(|line| line.strip_prefix("model name"));
    model.map_or("unknown", |rest| rest.trim_start_matches([' ', '\t', ':'])).to_owned()
}

fn line(path: &str) -> String {
    fs::read_to_string(path).map_or_else(|_| "unknown".to_owned(), |text| text.trim().to_owned())
}

fn said(command: &mut Command) -> String {
    let output = command.output().ok().and_then(|output| String::from_utf8(output.stdout).ok());
    output.map_or_else(|| "unknown".to_owned(), |text| text.trim().to_owned())
}
