//! A fault, what is promised for it, and who looks.

use std::path::PathBuf;
use std::process::Command;
use std::time::Duration;

use prove_common::Result;
use prove_common::child::{Child, End};
use prove_common::lateness::ms;
use prove_common::programs::{Face, Programs};

/// No program under test lives longer, or it hangs.
const WATCHDOG: Duration = Duration::from_secs(60);
/// What a loaded machine may be late by where a bound has to be shown.
pub(crate) const SLACK: u64 = 10_000 * MS;
pub(crate) const MS: u64 = 1_000_000;

/// What the cases share.
pub(crate) struct Bench {
    pub(crate) programs: Programs,
    /// The library that makes faults.
    pub(crate) shim: PathBuf,
}

/// Looks at one fault: what was seen, or why that must not be.
type Look = Box<dyn Fn(&Bench) -> Result<String> + Send + Sync>;

pub(crate) struct Case {
    pub(crate) fault: String,
    pub(crate) face: Face,
    pub(crate) promised: &'static str,
    pub(crate) look: Look,
}

impl Case {
    pub(crate) fn new(
        fault: impl Into<String>,
        face: Face,
        promised: &'static str,
        look: impl Fn(&Bench) -> Result<String> + Send + Sync + 'static,
    ) -> Self {
        Self { fault: fault.into(), face, promised, look: Box::new(look) }
    }
}

impl Bench {
    pub(crate) fn command(&self, face: Face, name: &str, args: &[&str]) -> Command {
        let mut command = self.programs.command(face, name, args.iter().copied());
        command.env("LD_PRELOAD", &self.shim);
        command
    }

    pub(crate) fn start(&self, face: Face, name: &str, args: &[&str]) -> Result<Child> {
        Child::start(self.command(face, name, args), WATCHDOG)
    }
}

pub(crate) fn start(command: Command) -> Result<Child> {
    Child::start(command, WATCHDOG)
}

/// It died by that signal.
pub(crate) fn died(end: &End, signal: i32) -> Result<String> {
    match end.signal() == Some(signal) {
        true => Ok(end.status()),
        false => Err(format!("signal {signal} was due, it ended with {}, {:?}", end.status(), end.stderr).into()),
    }
}

/// It ended at that moment: not before it, and late by no more than a loaded machine explains.
pub(crate) fn at(end: &End, promised: u64) -> Result<String> {
    if end.ns < promised {
        return Err(format!("it ended {} ms early", ms(promised - end.ns)).into());
    }
    if end.ns > promised + SLACK {
        return Err(format!("it ended {} ms late", ms(end.ns - promised)).into());
    }
    Ok(format!("{} ms late", ms(end.ns - promised)))
}
