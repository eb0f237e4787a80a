//! The report: what was found, on which machine.

use std::fs;
use std::process::Command;
use std::thread;

use super::campaign::Found;
use super::options::Options;
use super::programs::Expected;
use super::tally::{Counts, grouped, table};

const INTRODUCTION: &str = "\
# A signal at every instruction

Written by `cargo xtask prove steps`. Small programs write rows, each in two files, under protection. Each case is a process of
its own: it runs under `ptrace` to an instruction of its region, is sent a signal before that instruction is executed, and is
followed to its end. The region begins before the program's first block (Python: behind a first one, unless it says \"first use\")
and ends with the process, its exit functions included (the stepped thread's end, if that comes first; Python: the end of the
program's function).

- *torn*: a row is in one file only;
- *lost*: the process ended as if no event had come;
- *wrong status*: it did not die by the signal of the first event (the original package exits with 1);
- *hung*: the watchdog ended it after 60 s;
- *not sent*: the thread that it went to had blocked all signals on its last way, or the program did not come by that instruction again.

Who gets the signal, and who runs meanwhile:

- *to the thread* that is stepped;
- *to the process*: the kernel chooses;
- *thread held*: the stepped thread is held at its instruction until the library has done with the event what it can. The signal
  goes to the other thread of the program; where there is none, to the stepped one, which is held when its handler has returned;
- *others held*: the signal goes to the stepped thread, and all others are held until that sleeps or is gone.

Each instruction has each signal once and each way once, where it is not said that a program was sampled. Between two
instructions of one thread all places are tried so; how the other threads run in between is up to the kernel, but for what is held.
";

/// The tables and what they are of; the same on the terminal and in the file.
pub(crate) fn tables(found: &[Found]) -> String {
    let by_way = found.iter().flat_map(|found| {
        let ways = found.tally.by_way();
        ways.into_iter().map(|(way, counts)| (found.program.name.clone(), way.to_owned(), counts)).collect::<Vec<_>>()
    });
    let by_signal = found.iter().flat_map(|found| {
        let signals = found.tally.by_signal();
        signals
            .into_iter()
            .map(|(signal, counts)| (found.program.name.clone(), signal.to_owned(), counts))
            .collect::<Vec<_>>()
    });
    let total = |expected| {
        let of = found.iter().filter(|found| found.program.expected == expected);
        of.fold(Counts::default(), |sum, found| sum.and(found.tally.total()))
    };
    let totals = [("under protection", Expected::Whole), ("without, or by the original", Expected::Torn)];
    let totals = totals.map(|(name, expected)| (name.to_owned(), "all".to_owned(), total(expected)));
    let coverage: String = found.iter().map(coverage).collect();
    format!(
        "{coverage}\n{}\n\n{}\n\n{}\n",
        table("program", "the signal is sent", by_way),
        table("program", "signal", by_signal),
        table("program", "", totals)
    )
}

/// What of a program was done.
fn coverage(found: &Found) -> String {
    let Found { program, instructions, all_cases, took, .. } = found;
    let done = found.tally.total().cases;
    let share = match all_cases.checked_div(done) {
        Some(1) if done == *all_cases => "all".to_owned(),
        Some(stride) => format!("one in {}", grouped(stride)),
        None => "none".to_owned(),
    };
    format!(
        "- {}: {}. {} instructions, {} cases of {} ({share}), {:.0} a second\n",
        program.name,
        program.about,
        grouped(*instructions),
        grouped(done),
        grouped(*all_cases),
        done as f64 / took.as_secs_f64()
    )
}

/// The file.
pub(crate) fn document(found: &[Found], options: &Options) -> String {
    format!("{INTRODUCTION}\n{}\n{}", facts(options), tables(found))
}

fn facts(options: &Options) -> String {
    let mut facts = vec![
        format!(
            "Processor: {}, {} visible to the process",
            processor(),
            thread::available_parallelism().map_or(0, usize::from)
        ),
        format!("Kernel: {}", line("/proc/sys/kernel/osrelease")),
        format!("Load at the end: {}", line("/proc/loadavg")),
        format!("Compiler: {}", said("rustc".as_ref(), &["--version"])),
        format!("Crate and package: {}", env!("CARGO_PKG_VERSION")),
    ];
    if let Some(python) = &options.python {
        facts.push(format!("Interpreter: {}", said(python.as_os_str(), &["--version"])));
    }
    if let Some(original) = &options.original {
        facts.push(format!(
            "Interpreter of the original package, 0.1.2: {}",
            said(original.as_os_str(), &["--version"])
        ));
    }
    facts.into_iter().map(|fact| format!("- {fact}\n")).collect()
}

fn processor() -> String {
    let text = fs::read_to_string("/proc/cpuinfo").unwrap_or_default();
    let model = text.lines().find_map(|line| line.strip_prefix("model name"));
    model.map_or("unknown", |rest| rest.trim_start_matches([' ', '\t', ':'])).to_owned()
}

fn line(path: &str) -> String {
    fs::read_to_string(path).map_or_else(|_| "unknown".to_owned(), |text| text.trim().to_owned())
}

fn said(program: &std::ffi::OsStr, arguments: &[&str]) -> String {
    let output = Command::new(program).args(arguments).output();
    let text = output.ok().and_then(|output| String::from_utf8(output.stdout).ok());
    text.map_or_else(|| "unknown".to_owned(), |text| text.trim().to_owned())
}
