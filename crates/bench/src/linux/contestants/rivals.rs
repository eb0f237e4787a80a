//! The crates that a program would otherwise use.
//!
//! None of them knows a deadline, so none reads a clock: what is compared is what a program pays, not how well the same
//! thing was done.

use std::future::ready;
use std::hint::black_box;
use std::io;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::task::Poll;

use graceful_shutdown::Shutdown;
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;

use super::TASK_TRACKER;
use super::ours::poll_once;
use crate::linux::harness::{Contestant, Role};

/// A flag that a real handler would set. `SIGUSR2`, since `SIGTERM` has its handler already: the load is the same.
pub(super) fn signal_hook_flag() -> Contestant {
    let flag = register().expect("SIGUSR2 can be handled");
    Contestant::new("signal-hook flag, relaxed load", Role::Rival, move || {
        let flag = Arc::clone(&flag);
        move || flag.load(Ordering::Relaxed)
    })
}

fn register() -> io::Result<Arc<AtomicBool>> {
    let flag = Arc::new(AtomicBool::new(false));
    signal_hook::flag::register(libc::SIGUSR2, Arc::clone(&flag))?;
    Ok(flag)
}

pub(super) fn cancellation_token() -> Contestant {
    let token = CancellationToken::new();
    Contestant::new("tokio-util CancellationToken::is_cancelled()", Role::Rival, move || {
        let token = token.clone();
        move || token.is_cancelled()
    })
}

pub(super) fn task_tracker() -> Contestant {
    let tracker = TaskTracker::new();
    Contestant::new(TASK_TRACKER, Role::Rival, move || {
        let tracker = tracker.clone();
        move || {
            black_box(&tracker.token());
            false
        }
    })
}

pub(super) fn task_tracker_future() -> Contestant {
    let tracker = TaskTracker::new();
    Contestant::new("tokio-util TaskTracker::track_future(ready), polled", Role::Rival, move || {
        let tracker = tracker.clone();
        move || poll_once(tracker.track_future(ready(false))) != Poll::Ready(false)
    })
}

pub(super) fn graceful_shutdown_query() -> Contestant {
    let shutdown = Shutdown::new();
    Contestant::new("graceful-shutdown is_shutting_down()", Role::Rival, move || {
        let shutdown = shutdown.clone();
        move || shutdown.is_shutting_down()
    })
}

pub(super) fn graceful_shutdown_draining() -> Contestant {
    let shutdown = Shutdown::new();
    Contestant::new("graceful-shutdown draining() and drop", Role::Rival, move || {
        let shutdown = shutdown.clone();
        move || {
            black_box(&shutdown.draining());
            false
        }
    })
}

pub(super) fn graceful_shutdown_future() -> Contestant {
    let shutdown = Shutdown::new();
    Contestant::new("graceful-shutdown graceful(ready), polled", Role::Rival, move || {
        let shutdown = shutdown.clone();
        move || poll_once(shutdown.graceful(ready(false))) != Poll::Ready(false)
    })
}
