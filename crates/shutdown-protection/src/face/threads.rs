//! The engine's threads, which a face must know of where its program forks, and the face's own that wait for a shutdown.

use std::io;
use std::time::Duration;

use super::{is_installed, is_pending};
use crate::engine::{DOORBELL, Engine};
use crate::host::HOST;
use crate::{host, os, supervisor};

/// Ends the supervisor's thread before a fork of a program that has no other; `false`: there was none. What comes meanwhile
/// waits for [`resume`].
#[must_use]
pub fn pause() -> bool {
    let paused = is_installed() && supervisor::pause();
    // Who might start further ones has ended. One that hangs in a callback or a logger is not waited for.
    for _ in 0..500 {
        if host::helpers() == 0 {
            break;
        }
        std::thread::sleep(Duration::from_micros(200));
    }
    paused
}

/// Starts the supervisor's thread again.
///
/// # Errors
///
/// The system refuses the thread.
pub fn resume() -> io::Result<()> {
    Engine::current().map_or(Ok(()), supervisor::start)
}

/// How many threads of this process are the engine's.
#[must_use]
pub fn threads() -> usize {
    usize::from(supervisor::is_running()) + host::helpers()
}

/// Runs a job in a helper thread, with the signal mask of the program.
///
/// # Errors
///
/// The system refuses the thread.
pub fn run_elsewhere(name: &str, job: Box<dyn FnOnce() + Send>) -> io::Result<()> {
    HOST.run(name, job)
}

/// One stretch of a wait for a shutdown: returns when one may be pending, when the time is up, when a signal came, or for no
/// reason.
pub fn wait_a_stretch(limit: Duration) {
    let heard = DOORBELL.hear();
    if !is_pending() {
        DOORBELL.wait(heard, Some(limit));
    }
}

/// Is this the thread that runs the program's `main`, or in the child of a fork the one that forked?
#[must_use]
pub fn is_main() -> bool {
    os::thread::is_main_cached()
}

/// This thread, as interpreters name it: by its `pthread_t`, or on Windows its number.
#[must_use]
pub fn this_thread() -> u64 {
    os::thread::handle()
}
