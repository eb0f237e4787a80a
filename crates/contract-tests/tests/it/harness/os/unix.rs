//! Signals, sent by `kill`.

use std::borrow::Cow;
use std::io;
use std::os::unix::process::{CommandExt, ExitStatusExt};
use std::process::{Command, ExitStatus};
use std::time::{Duration, Instant};

pub(crate) use libc::{SIGHUP, SIGINT, SIGQUIT, SIGTERM};

use super::super::{Ending, Victim};

/// All that a victim can be sent.
pub(crate) const SIGNALS: [i32; 4] = [SIGINT, SIGTERM, SIGQUIT, SIGHUP];

/// Signals of one kind that come at once.
pub(crate) const BURST: &str = "15,15,15,15";

/// In microseconds, where one of many shall be the wrong one.
pub(crate) const MOMENT: usize = 1;

/// How the victim writes the event of a signal.
pub(crate) fn event(signal: i32) -> &'static str {
    match signal {
        SIGINT => "SigInt",
        SIGTERM => "SigTerm",
        SIGQUIT => "SigQuit",
        SIGHUP => "SigHup",
        other => panic!("signal {other} is no event"),
    }
}

/// A line of a test, as a victim says it here.
pub(crate) fn in_its_words(line: &str) -> Cow<'_, str> {
    Cow::Borrowed(line)
}

/// The signals that are on their way to a victim: the kernel knows them.
#[derive(Default)]
pub(crate) struct Deliveries {}

impl Deliveries {
    #[track_caller]
    pub(crate) fn send(&mut self, pid: i32, number: i32) {
        signal(pid, number);
    }

    #[track_caller]
    pub(crate) fn settled(&self, pid: i32) {
        settled(pid);
    }
}

impl Ending {
    /// As the kernel tells it.
    pub(crate) fn status(&self) -> ExitStatus {
        self.status
    }
}

/// Was that signal the end of it, and with no core file?
pub(crate) fn is_death_by(status: ExitStatus, signal: i32) -> bool {
    status.signal() == Some(signal) && !status.core_dumped()
}

/// The same for a process that the library has no part in.
pub(crate) fn is_native_death_by(status: ExitStatus, signal: i32) -> bool {
    is_death_by(status, signal)
}

/// What the victim inherits: run between fork and exec, so it may only make system calls.
pub(crate) type Preparation = fn();

/// Test runs that were started in the background or with `nohup` ignore some signals, and their children would, too (C7).
/// What a case wants to be inherited, it prepares itself, behind this.
pub(crate) fn inherit_nothing(command: &mut Command) {
    // SAFETY: both calls are async-signal-safe and touch locals only.
    unsafe {
        command.pre_exec(|| {
            for number in SIGNALS {
                libc::signal(number, libc::SIG_DFL);
            }
            let mut none = std::mem::zeroed();
            libc::sigemptyset(&raw mut none);
            libc::sigprocmask(libc::SIG_SETMASK, &raw const none, std::ptr::null_mut());
            Ok(())
        });
    }
}

impl Victim {
    /// Starts it with something inherited: a mask, an ignored signal, a limit.
    pub(crate) fn prepared(scenario: &str, args: &[&str], prepare: Preparation) -> Self {
        let mut command = Self::command(scenario, args);
        // SAFETY: preparations only make system calls that are async-signal-safe.
        unsafe {
            command.pre_exec(move || {
                prepare();
                Ok(())
            });
        }
        Self::spawn(command)
    }
}

/// Sends a signal from outside, as a parent, a terminal or a supervisor does.
#[track_caller]
pub(crate) fn signal(pid: i32, number: i32) {
    // SAFETY: takes no pointer.
    let sent = unsafe { libc::kill(pid, number) };
    assert_eq!(sent, 0, "kill {number} to {pid}: {}", io::Error::last_os_error());
}

/// `CLOCK_MONOTONIC`, which is one clock for all processes: what a victim reads can be compared here.
pub(crate) fn monotonic_ns() -> u64 {
    let mut now = libc::timespec { tv_sec: 0, tv_nsec: 0 };
    // SAFETY: `now` is ours.
    let read = unsafe { libc::clock_gettime(libc::CLOCK_MONOTONIC, &raw mut now) };
    assert_eq!(read, 0);
    u64::try_from(now.tv_sec * 1_000_000_000 + now.tv_nsec).expect("a clock that runs forwards")
}

/// Waits until no signal waits for that process any more, that is until each one has been taken by a thread of
/// it, and then so long that the next of its kind counts as another attempt (C2).
#[track_caller]
pub(crate) fn settled(pid: i32) {
    let end = Instant::now() + Duration::from_secs(20);
    while !none_waits(pid) {
        assert!(Instant::now() < end, "a signal to {pid} is never taken");
        std::thread::sleep(Duration::from_millis(1));
    }
    std::thread::sleep(Duration::from_millis(150));
}

fn none_waits(pid: i32) -> bool {
    let Ok(status) = std::fs::read_to_string(format!("/proc/{pid}/status")) else {
        return true;
    };
    status
        .lines()
        .filter_map(|line| line.strip_prefix("SigPnd:").or_else(|| line.strip_prefix("ShdPnd:")))
        .all(|mask| mask.trim().bytes().all(|digit| digit == b'0'))
}
