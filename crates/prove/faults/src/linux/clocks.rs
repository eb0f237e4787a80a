//! The wall clock jumps, and the monotonic clock is another one: deadlines are of the monotonic clock of the process (C11).

use std::process::Command;

use prove_common::Result;
use prove_common::programs::Face;
use prove_common::system::{SIGTERM, kill};

use super::case::{Bench, Case, MS, at, died, start};

/// By so many seconds the monotonic clock of the name space is ahead.
const AHEAD: u64 = 86_400;

pub(crate) fn cases(face: Face) -> Vec<Case> {
    let mut cases = Vec::new();
    for (jump, name) in [("86400", "a day ahead"), ("-86400", "a day back")] {
        let promised = "the deadline stays where it was, and `wait()` waits as long as it shall";
        cases.push(Case::new(format!("the wall clock jumps {name}"), face, promised, move |bench| {
            jumps(bench, face, jump)
        }));
    }
    let promised = "the deadline is that of the process's own clock";
    cases.push(Case::new("a time name space, a day ahead (`unshare --time`)", face, promised, move |bench| {
        name_space(bench, face)
    }));
    cases
}

fn jumps(bench: &Bench, face: Face, jump: &str) -> Result<String> {
    let mut child = bench.start(face, "clocks", &[jump])?;
    let start = child.number("start ")?;
    child.expect("pid ")?;
    let jumped: f64 = child.expect("jumped ")?.parse()?;
    if (jumped - jump.parse::<f64>()?).abs() > 60.0 {
        return Err(format!("the wall clock jumped by {jumped} s: this does not jump").into());
    }
    let waited = child.number("waited ")?;
    if !(300 * MS..=10_300 * MS).contains(&waited) {
        return Err(format!("wait(0.3 s) waited for {waited} ns").into());
    }
    child.expect("ready")?;
    let sent = child.signal(SIGTERM);
    let end = child.end()?;
    Ok(format!("{}, {}", died(&end, SIGTERM)?, at(&end, sent.max(start + 1_500 * MS))?))
}

fn name_space(bench: &Bench, face: Face) -> Result<String> {
    let offsets = [format!("--monotonic={AHEAD}"), format!("--boottime={AHEAD}")];
    let unshare = |rest: &[&str]| {
        let mut command = Command::new("unshare");
        command.args(["--user", "--map-root-user", "--time", "--fork", "--kill-child"]).args(&offsets).args(rest);
        command
    };
    if !unshare(&["true"]).output().is_ok_and(|output| output.status.success()) {
        return Ok("SKIPPED: there are no time name spaces here".to_owned());
    }
    let inner = bench.command(face, "clocks", &["0"]);
    let mut command = unshare(&[]);
    command.arg(inner.get_program()).args(inner.get_args()).env("LD_PRELOAD", &bench.shim);
    let mut child = start(command)?;
    let start = child.number("start ")?;
    let pid = i32::try_from(child.number("pid ")?)?;
    child.expect("jumped ")?;
    child.number("waited ")?;
    child.expect("ready")?;
    // Its parent is `unshare`, which hands the status on.
    kill(pid, SIGTERM);
    let end = child.end()?;
    let start = start.checked_sub(AHEAD * 1_000 * MS).ok_or("its clock is not ahead")?;
    Ok(format!("{}, {}", died(&end, SIGTERM)?, at(&end, start + 1_500 * MS)?))
}
