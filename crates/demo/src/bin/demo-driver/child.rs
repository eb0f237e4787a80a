//! One run of the importer: start it, let it work for a moment, send it one signal, see how it
//! ends.

use std::io::{self, Read};
use std::os::fd::AsFd;
use std::os::unix::process::{CommandExt, ExitStatusExt};
use std::path::Path;
use std::process::{Child, Command, ExitStatus, Stdio};
use std::time::{Duration, Instant};
use std::{env, thread};

use nix::poll::{PollFd, PollFlags, PollTimeout, poll};
use nix::sys::signal::{SigHandler, Signal, kill, signal};
use nix::unistd::Pid;

/// The signals that the driver sends, in the order of the report.
pub(crate) const SIGNALS: [Signal; 4] = [Signal::SIGINT, Signal::SIGTERM, Signal::SIGQUIT, Signal::SIGHUP];

/// When a run is taken for stuck. A run takes a few hundredths of a second, and its block lapses
/// after 4 s.
const WATCHDOG: Duration = Duration::from_secs(10);

/// How a run of the importer ended.
pub(crate) enum Ending {
    /// By the very signal that was sent.
    BySignal { after: Duration },
    /// With the exit status 0.
    Success,
    /// With anything else.
    Other { status: ExitStatus, stderr: String },
    /// Not by itself: the watchdog killed it.
    Stuck { stderr: String },
}

/// Runs the importer on `site`, sends it `signal` when it has worked for `delay`, and reaps it.
pub(crate) fn run(site: &Path, protected: bool, sent: Signal, delay: Duration) -> io::Result<Ending> {
    let mut child = start(site, protected)?;
    let deadline = Instant::now() + WATCHDOG;
    if wait_until_ready(&mut child)? {
        thread::sleep(delay);
        // A child that has ended meanwhile is not reaped yet: the number is still its own.
        kill(pid(&child), sent)?;
    }
    let signalled = Instant::now();

    let status = loop {
        match child.try_wait()? {
            Some(status) => break status,
            None if Instant::now() > deadline => {
                child.kill()?;
                child.wait()?;
                return Ok(Ending::Stuck { stderr: stderr(&mut child)? });
            }
            None => thread::sleep(Duration::from_micros(200)),
        }
    };
    Ok(if status.signal() == Some(sent as i32) {
        Ending::BySignal { after: signalled.elapsed() }
    } else if status.success() {
        Ending::Success
    } else {
        Ending::Other { status, stderr: stderr(&mut child)? }
    })
}

fn start(site: &Path, protected: bool) -> io::Result<Child> {
    // Both programs are built into the same folder.
    let mut command = Command::new(env::current_exe()?.with_file_name("import-transfers"));
    command.arg("--site").arg(site).stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped());
    if !protected {
        command.arg("--unprotected");
    }
    let default_signals = || {
        for sent in SIGNALS {
            // SAFETY: the default disposition runs no code of ours.
            unsafe { signal(sent, SigHandler::SigDfl) }?;
        }
        Ok(())
    };
    // A driver that was started in the background, or with `nohup`, ignores some of the signals,
    // and the child would inherit that and rightly ignore them as well.
    // SAFETY: `signal` may be called between fork and exec, and on success nothing here allocates
    // or locks.
    unsafe { command.pre_exec(default_signals) };
    command.spawn()
}

/// Waits for the first byte that the importer prints, which it does inside its block. False if it
/// ends first, or if nothing comes.
fn wait_until_ready(child: &mut Child) -> io::Result<bool> {
    let stdout = child.stdout.as_mut().expect("the output is piped");
    let timeout = PollTimeout::try_from(WATCHDOG).expect("the time is short enough");
    if poll(&mut [PollFd::new(stdout.as_fd(), PollFlags::POLLIN)], timeout)? == 0 {
        return Ok(false);
    }
    Ok(stdout.read(&mut [0])? == 1)
}

/// What a child that has ended wrote to its standard error.
fn stderr(child: &mut Child) -> io::Result<String> {
    let mut text = String::new();
    child.stderr.take().expect("the errors are piped").read_to_string(&mut text)?;
    Ok(text)
}

fn pid(child: &Child) -> Pid {
    Pid::from_raw(child.id().try_into().expect("a process number is positive"))
}
