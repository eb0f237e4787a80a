//! The few system calls of the proof, in one place.

use std::fs::{self, DirEntry};
use std::io;
use std::mem::MaybeUninit;
use std::os::unix::process::CommandExt;
use std::process::Command;
use std::time::{Duration, Instant};

pub use libc::{SIGHUP, SIGINT, SIGQUIT, SIGTERM};

/// All that asks a process to end.
pub const SIGNALS: [i32; 4] = [SIGTERM, SIGINT, SIGQUIT, SIGHUP];

/// A run of the proof that was started in the background may ignore signals, and its children would, too (C7).
pub fn inherit_nothing(command: &mut Command) {
    // SAFETY: these calls are async-signal-safe and touch locals only.
    unsafe {
        command.pre_exec(|| {
            for number in SIGNALS {
                libc::signal(number, libc::SIG_DFL);
            }
            let mut none = std::mem::zeroed();
            libc::sigemptyset(&raw mut none);
            libc::sigprocmask(libc::SIG_SETMASK, &raw const none, std::ptr::null_mut());
            // What is left behind by a proof that was killed would go on for ever.
            libc::prctl(libc::PR_SET_PDEATHSIG, libc::SIGKILL);
            Ok(())
        });
    }
}

/// Sends a signal. A process that has gone has no use for it.
pub fn kill(pid: i32, number: i32) {
    // SAFETY: takes no pointer.
    unsafe { libc::kill(pid, number) };
}

/// Sends a signal to the calling thread. Its handler has run when this returns.
pub fn raise(number: i32) {
    // SAFETY: takes no pointer.
    unsafe { libc::raise(number) };
}

/// Waits until a child has ended, and leaves its status for whoever reaps it.
pub fn await_end(pid: u32) {
    loop {
        let mut info = MaybeUninit::<libc::siginfo_t>::uninit();
        // SAFETY: the structure is ours, and is filled by the call.
        let done = unsafe { libc::waitid(libc::P_PID, pid, info.as_mut_ptr(), libc::WEXITED | libc::WNOWAIT) };
        if done == 0 || io::Error::last_os_error().kind() != io::ErrorKind::Interrupted {
            return;
        }
    }
}

/// Waits until no signal waits for that process any more: each has been taken by a thread of it. False: not in 10 s.
#[must_use]
pub fn settled(pid: i32) -> bool {
    comes(|| none_waits(pid))
}

/// Waits until `SIGSTOP` has stopped all threads of that process. False: not in 10 s.
#[must_use]
pub fn stopped(pid: i32) -> bool {
    let is_stopped = |thread: io::Result<DirEntry>| {
        let status = thread.and_then(|thread| fs::read_to_string(thread.path().join("status")));
        status.is_ok_and(|status| status.contains("\nState:\tT"))
    };
    comes(|| fs::read_dir(format!("/proc/{pid}/task")).is_ok_and(|mut threads| threads.all(is_stopped)))
}

fn comes(mut condition: impl FnMut() -> bool) -> bool {
    let end = Instant::now() + Duration::from_secs(10);
    while !condition() {
        if Instant::now() > end {
            return false;
        }
        std::thread::sleep(Duration::from_micros(200));
    }
    true
}

fn none_waits(pid: i32) -> bool {
    let Ok(status) = fs::read_to_string(format!("/proc/{pid}/status")) else { return true };
    // A process that has ended takes none any more.
    if status.lines().any(|line| line.starts_with("State:\tZ")) {
        return true;
    }
    let waiting = status.lines().filter_map(|line| line.strip_prefix("SigPnd:").or(line.strip_prefix("ShdPnd:")));
    waiting.into_iter().all(|mask| mask.trim().bytes().all(|digit| digit == b'0'))
}

/// Forks without exec. The child runs `child` and leaves with what it returns.
#[must_use]
pub fn fork(child: impl FnOnce() -> i32) -> Option<i32> {
    // SAFETY: the child uses the library under test, whose promise it is that this works, and system calls.
    match unsafe { libc::fork() } {
        -1 => None,
        0 => {
            let status = child();
            // SAFETY: takes no pointer.
            unsafe { libc::_exit(status) }
        }
        pid => Some(pid),
    }
}

/// Waits for a child of [`fork`]: its exit status, or the signal it died by as a negative number.
///
/// # Panics
///
/// If it is none.
#[must_use]
pub fn reap(pid: i32) -> i32 {
    let mut status = 0;
    loop {
        // SAFETY: `status` is ours.
        if unsafe { libc::waitpid(pid, &raw mut status, 0) } == pid {
            break;
        }
        let error = io::Error::last_os_error();
        assert_eq!(error.kind(), io::ErrorKind::Interrupted, "waitpid: {error}");
    }
    if libc::WIFSIGNALED(status) { -libc::WTERMSIG(status) } else { libc::WEXITSTATUS(status) }
}

/// Limits a resource of this process, softly: it can be raised again.
///
/// # Errors
///
/// What the system answers.
pub fn limit(resource: libc::__rlimit_resource_t, most: u64) -> io::Result<()> {
    let mut limits = libc::rlimit { rlim_cur: 0, rlim_max: 0 };
    // SAFETY: the structure is ours.
    unsafe {
        if libc::getrlimit(resource, &raw mut limits) != 0 {
            return Err(io::Error::last_os_error());
        }
        limits.rlim_cur = most.min(limits.rlim_max);
        match libc::setrlimit(resource, &raw const limits) {
            0 => Ok(()),
            _ => Err(io::Error::last_os_error()),
        }
    }
}
