//! Whether an idle process is left alone.
//!
//! A child holds a block and its main thread sleeps. Two witnesses say what its other threads did meanwhile: the
//! kernel's count of context switches, and, where it is installed, `strace`. A thread that nobody wakes has no context
//! switch and makes no system call.

use std::collections::BTreeMap;
use std::fs;
use std::io::{BufRead, BufReader, Write, stdout};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::thread;
use std::time::Duration;
use std::{env, process};

use shutdown_protection::ShutdownProtection;

use crate::linux::child::{self, Failure, number};

pub(crate) const PART: &str = "idle";
const BEGIN: &str = "idle-begin";
const END: &str = "idle-end";

/// What the threads other than the main one did.
pub(crate) struct Idle {
    /// Names of those threads, with their context switches, voluntary and not.
    pub(crate) threads: Vec<(String, u64)>,
    /// Their system calls, if `strace` is installed and may trace.
    pub(crate) calls: Result<usize, Failure>,
}

/// Lets two children idle for `time` each.
pub(crate) fn measure(time: Duration) -> Result<Idle, Failure> {
    Ok(Idle { threads: context_switches(time)?, calls: system_calls(time) })
}

/// The child: marks the beginning and the end of its idleness by what it writes.
pub(crate) fn run(arguments: &[String]) -> Result<(), Failure> {
    let [milliseconds] = arguments else {
        return Err("usage: idle <milliseconds>".into());
    };
    let time = Duration::from_millis(number(milliseconds)?);
    let _guard = ShutdownProtection::start_for(Duration::from_secs(3600))?;
    // What the first block sets up is not idleness yet.
    thread::sleep(Duration::from_millis(300));
    println!("{BEGIN}");
    stdout().flush()?;
    thread::sleep(time);
    println!("{END}");
    Ok(())
}

fn start(mut command: Command) -> Result<(Child, BufReader<process::ChildStdout>), Failure> {
    let mut child = command.stdin(Stdio::null()).stdout(Stdio::piped()).spawn()?;
    let output = child.stdout.take().ok_or("the child's output is piped")?;
    Ok((child, BufReader::new(output)))
}

fn context_switches(time: Duration) -> Result<Vec<(String, u64)>, Failure> {
    // The child idles a little longer than it is watched.
    let longer = time + Duration::from_millis(500);
    let (mut child, mut output) = start(child::command(PART, &[longer.as_millis().to_string()])?)?;
    output.read_line(&mut String::new())?;
    thread::sleep(Duration::from_millis(100));
    let tasks = PathBuf::from(format!("/proc/{}/task", child.id()));
    let before = switches(&tasks, child.id());
    thread::sleep(time);
    let after = switches(&tasks, child.id());
    let status = child.wait()?;
    let (before, after) = (before?, after?);
    if !status.success() {
        return Err(format!("the idle child failed: {status}").into());
    }
    let count = |thread: &u32| before.get(thread).map_or(0, |(_, count)| *count);
    Ok(after.iter().map(|(thread, (name, now))| (name.clone(), now - count(thread))).collect())
}

/// Name and context switches of each thread but the main one.
fn switches(tasks: &Path, main: u32) -> Result<BTreeMap<u32, (String, u64)>, Failure> {
    let mut found = BTreeMap::new();
    for entry in fs::read_dir(tasks)? {
        let entry = entry?;
        let thread: u32 = number(&entry.file_name().to_string_lossy())?;
        if thread == main {
            continue;
        }
        let status = fs::read_to_string(entry.path().join("status"))?;
        let field = |name: &str| status.lines().find_map(|line| line.strip_prefix(name)).map(str::trim);
        let count = |name| field(name).ok_or("no such field in status").map(number::<u64>);
        let switches = count("voluntary_ctxt_switches:")?? + count("nonvoluntary_ctxt_switches:")??;
        found.insert(thread, (field("Name:").unwrap_or("?").to_owned(), switches));
    }
    Ok(found)
}

/// Counts the lines that `strace` writes between the two marks for other threads than the one that wrote the marks.
fn system_calls(time: Duration) -> Result<usize, Failure> {
    let log = env::temp_dir().join(format!("bench-idle-{}.strace", process::id()));
    let traced = child::command(PART, &[time.as_millis().to_string()])?;
    let mut strace = Command::new("strace");
    strace.args(["-f", "-qq", "-o"]).arg(&log).arg(traced.get_program()).args(traced.get_args());
    let counted = start(strace).and_then(|(mut child, mut output)| {
        while output.read_line(&mut String::new())? > 0 {}
        let status = child.wait()?;
        if !status.success() {
            return Err(format!("strace ended with {status}").into());
        }
        count_between_marks(&fs::read_to_string(&log)?)
    });
    // A log that was never written needs no removal.
    let _ = fs::remove_file(&log);
    counted
}

fn count_between_marks(log: &str) -> Result<usize, Failure> {
    let lines: Vec<&str> = log.lines().collect();
    let mark = |text: &str| lines.iter().position(|line| line.contains(text)).ok_or("a mark is missing in the log");
    let (begin, end) = (mark(BEGIN)?, mark(END)?);
    let main = lines[begin].split_whitespace().next();
    Ok(lines[begin + 1..end].iter().filter(|line| line.split_whitespace().next() != main).count())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn calls_of_other_threads_between_the_marks_count() {
        let log = "7 read(0)\n8 read(0)\n7 write(1, \"idle-begin\\n\")\n7 nanosleep()\n8 futex()\n9 read()\n\
                   7 write(1, \"idle-end\\n\")\n8 futex()\n";
        assert_eq!(count_between_marks(log).unwrap(), 2);
        assert!(count_between_marks("7 read(0)\n").is_err());
    }
}
