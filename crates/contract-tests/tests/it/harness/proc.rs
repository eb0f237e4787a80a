//! What the test asks of the system: to send a signal, to read a clock, to tell whether a signal has arrived.

use std::io;
use std::time::{Duration, Instant};

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
