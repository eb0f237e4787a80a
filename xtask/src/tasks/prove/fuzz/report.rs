//! What fuzzing has done, as `docs/prove/fuzz.md` says it.

use xshell::cmd;

use super::{NIGHTLY, Row};
use crate::Result;
use crate::workspace::Workspace;

/// What libFuzzer says of a run: how many inputs it has tried, and where they led.
pub(super) fn fuzzed(said: &str) -> Option<String> {
    let word = |line: &str, before: &str| {
        line.split_once(before)?.1.split([' ', '/']).find(|word| !word.is_empty()).map(str::to_owned)
    };
    let last = |before: &str| said.lines().rev().find_map(|line| word(line, before));
    let (runs, points, features) = (last("number_of_executed_units:")?, last("cov: ")?, last("ft: ")?);
    let kept = last("corp: ")?;
    let speed = last("average_exec_per_sec:")?;
    Some(format!(
        "{runs} sequences ({speed} a second), {points} places of the code in {features} ways; {kept} of them lead to all"
    ))
}

pub(super) fn write(workspace: &Workspace, rows: &[Row]) -> Result {
    let sh = &workspace.sh;
    let said = |command: xshell::Cmd<'_>| command.quiet().ignore_stderr().read().unwrap_or_else(|_| "none".to_owned());
    let compiler = said(cmd!(sh, "rustc {NIGHTLY} --version"));
    let fuzzer = said(cmd!(sh, "cargo fuzz --version"));
    let corpus = sh.read_dir("fuzz/corpus/machine")?;
    let bytes: u64 = corpus.iter().filter_map(|file| std::fs::metadata(file).ok()).map(|file| file.len()).sum();
    let requirements = sh.read_file("python/requirements/tests.txt")?;
    let hypothesis = requirements.lines().find(|line| line.starts_with("hypothesis==")).unwrap_or_default();
    let table: String = rows.iter().map(|[what, done]| format!("| {what} | {done} |\n")).collect();
    let text = format!(
        "# Fuzzing\n\n\
         Written by `cargo xtask prove fuzz`. It fails where something is found: this is what was tried without a finding.\n\n\
         | what | tried |\n| --- | --- |\n{table}\n\
         The corpus that is kept in `fuzz/corpus/machine` has {count} sequences of {bytes} bytes in all. The engine's tests replay it.\n\n\
         Tools: {compiler}; {fuzzer}; {hypothesis}.\n",
        count = corpus.len(),
    );
    Ok(sh.write_file("docs/prove/fuzz.md", text)?)
}
