//! Parts of the measurement that need a process of their own.
//!
//! Signal handlers belong to the whole process, so two libraries cannot both be measured in one. This program starts
//! itself again with `child <part> <arguments>`; the child prints its samples, and the parent reads them.

use std::env;
use std::error::Error;
use std::process::{Command, Stdio};
use std::str::FromStr;

pub(crate) type Failure = Box<dyn Error + Send + Sync>;

/// The first argument of a child.
pub(crate) const MARK: &str = "child";

/// This program again, as the child for `part`.
pub(crate) fn command(part: &str, arguments: &[String]) -> Result<Command, Failure> {
    let mut command = Command::new(env::current_exe()?);
    command.arg(MARK).arg(part).args(arguments);
    command.stdin(Stdio::null());
    Ok(command)
}

/// Ends this process, a child, by `SIGALRM` when it takes far too long: a lost wake-up must not stop the whole run.
pub(crate) fn limit_time() {
    // SAFETY: no preconditions; nobody handles or ignores the signal here, so it ends the process.
    unsafe { libc::alarm(120) };
}

/// Runs a child to its end and returns the numbers that it printed, line by line.
pub(crate) fn numbers(part: &str, arguments: &[String]) -> Result<Vec<Vec<f64>>, Failure> {
    let output = command(part, arguments)?.stderr(Stdio::inherit()).output()?;
    if !output.status.success() {
        return Err(format!("the child `{part} {}` failed: {}", arguments.join(" "), output.status).into());
    }
    let text = String::from_utf8(output.stdout)?;
    text.lines().map(|line| line.split_whitespace().map(number).collect()).collect()
}

/// Parses one argument of a child, or one number that it printed.
pub(crate) fn number<T: FromStr>(text: &str) -> Result<T, Failure> {
    text.parse().map_err(|_| format!("not a number: {text:?}").into())
}
