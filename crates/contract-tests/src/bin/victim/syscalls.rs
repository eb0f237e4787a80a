//! System calls that a signal meets inside a block, and a process that is stopped in one.

use std::io;
use std::mem::MaybeUninit;
use std::time::{Duration, Instant};

use shutdown_protection::{ShutdownProtection, is_requested};

use crate::os::mask;
use crate::talk::{LONG, await_pending, hear_go, patient, say, tell};
use crate::{DONE, Outcome, scenarios};

scenarios![read_restarts, poll_reports, sleep_lasts, stopped];

/// One raw `read`, without a loop around it: it comes back with the data, or with the error of an interruption.
fn read_restarts() -> Outcome {
    patient();
    let guard = ShutdownProtection::start_for(LONG)?;
    say!("ready");
    let mut line = [0_u8; 3];
    // SAFETY: the buffer is as long as said.
    let count = unsafe { libc::read(0, line.as_mut_ptr().cast(), line.len()) };
    say!("read {count} requested {}", is_requested());
    tell("break", &guard.allow_break());
    DONE
}

/// `ppoll` lets the signal in only while it waits, so that the signal surely meets it there.
fn poll_reports() -> Outcome {
    patient();
    let guard = ShutdownProtection::start_for(LONG)?;
    mask(libc::SIG_BLOCK, libc::SIGTERM);
    say!("ready");
    // SAFETY: no descriptors, no timeout, and a set that `sigemptyset` initialises.
    let answer = unsafe {
        let mut none = MaybeUninit::uninit();
        libc::sigemptyset(none.as_mut_ptr());
        libc::ppoll(std::ptr::null_mut(), 0, std::ptr::null(), none.as_ptr())
    };
    let interrupted = io::Error::last_os_error().kind() == io::ErrorKind::Interrupted;
    say!("ppoll {answer} {interrupted}");
    mask(libc::SIG_UNBLOCK, libc::SIGTERM);
    await_pending();
    tell("break", &guard.allow_break());
    DONE
}

/// The standard library's sleep goes on after the signal.
fn sleep_lasts() -> Outcome {
    patient();
    let guard = ShutdownProtection::start_for(LONG)?;
    let begin = Instant::now();
    say!("ready");
    std::thread::sleep(Duration::from_millis(600));
    say!("slept {} requested {}", begin.elapsed() >= Duration::from_millis(600), is_requested());
    tell("break", &guard.allow_break());
    DONE
}

fn stopped() -> Outcome {
    patient();
    let guard = ShutdownProtection::start_for(LONG)?;
    say!("ready");
    hear_go();
    say!("requested {}", is_requested());
    say!("ready");
    await_pending();
    say!("pending");
    tell("break", &guard.allow_break());
    DONE
}
