//! How an owner is interrupted, where callbacks run, and how the process is ended: what a face may do in its
//! own way.
//!
//! The engine decides *that* and *when*; a host knows *how*. Rust programs have the [`NativeHost`].

use std::io;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use crate::config::{ExitStatus, Settings};
use crate::event::ShutdownEvent;
use crate::future::AsyncBlock;
use crate::{os, panics};

pub(crate) trait Host: Sync {
    /// The owner's deadline has passed: make it look. Called by the supervisor; must not block.
    fn interrupt(&self, block: &Arc<AsyncBlock>);

    /// Runs a callback of the user, or a logger, away from the supervisor. `Err`: it was not run.
    fn run(&self, name: &str, job: Box<dyn FnOnce() + Send>) -> io::Result<()>;

    /// Ends the process with the status of this event.
    fn end(&self, event: ShutdownEvent, settings: &Settings) -> !;
}

pub(crate) struct NativeHost;

/// How many helper threads there are.
static HELPERS: AtomicUsize = AtomicUsize::new(0);

pub(crate) fn helpers() -> usize {
    HELPERS.load(Ordering::SeqCst)
}

/// In the child of a fork there are none.
pub(crate) fn forked() {
    HELPERS.store(0, Ordering::SeqCst);
}

/// Counts a helper thread out: also one that panics, or that could not be had.
struct HelperEnded;

impl Drop for HelperEnded {
    fn drop(&mut self) {
        HELPERS.fetch_sub(1, Ordering::SeqCst);
    }
}

/// The host of this process.
pub(crate) static HOST: &dyn Host = &NativeHost;

impl Host for NativeHost {
    fn interrupt(&self, block: &Arc<AsyncBlock>) {
        // A waker is the runtime's code. Should it panic, the supervisor must live on.
        panics::contain(|| block.wake(), |_| {});
    }

    fn run(&self, name: &str, job: Box<dyn FnOnce() + Send>) -> io::Result<()> {
        HELPERS.fetch_add(1, Ordering::SeqCst);
        let ended = HelperEnded;
        os::thread::spawn_masked(name, move || {
            let _ended = ended;
            os::thread::restore_mask();
            job();
        })
        .map(drop)
    }

    fn end(&self, event: ShutdownEvent, settings: &Settings) -> ! {
        match (settings.exit_status, event) {
            (ExitStatus::Code(code), _) => os::end::with_code(code),
            (ExitStatus::Signal, event) => os::end::by(event, settings.core_dump),
        }
    }
}
