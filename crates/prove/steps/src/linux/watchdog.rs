//! The watchdog: a case that takes too long is a finding, not the end of the run.
//!
//! `waitpid` has no time limit. So a thread interrupts the tracer with a signal once the time is up, again and again until
//! it has noticed: one signal could come before the tracer waits.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::thread;
use std::time::{Duration, Instant};

use nix::sys::pthread::{pthread_kill, pthread_self};
use nix::sys::signal::{SaFlags, SigAction, SigHandler, SigSet, Signal, sigaction};

/// A case takes milliseconds. A crowded machine may take seconds for it.
const LIMIT: Duration = Duration::from_secs(60);
const LOOKS_EACH: Duration = Duration::from_millis(100);

pub(crate) struct Watchdog {
    shared: Arc<Shared>,
    started: Instant,
    thread: Option<thread::JoinHandle<()>>,
}

struct Shared {
    /// In milliseconds from the start.
    limit: AtomicU64,
    over: AtomicBool,
}

impl Watchdog {
    /// For the thread that calls.
    pub(crate) fn start() -> Self {
        // Without SA_RESTART: the call that waits returns.
        let interrupts = SigAction::new(SigHandler::Handler(nothing), SaFlags::empty(), SigSet::empty());
        // SAFETY: the handler does nothing.
        unsafe { sigaction(Signal::SIGURG, &interrupts) }.expect("a handler for SIGURG can be set");
        let shared = Arc::new(Shared { limit: AtomicU64::new(u64::MAX), over: AtomicBool::new(false) });
        let started = Instant::now();
        let (watched, of_thread) = (pthread_self(), Arc::clone(&shared));
        let watch = move || {
            while !of_thread.over.load(Ordering::Relaxed) {
                thread::sleep(LOOKS_EACH);
                if millis(started) > of_thread.limit.load(Ordering::Relaxed) {
                    // Joined before the watched thread ends.
                    let _ = pthread_kill(watched, Signal::SIGURG);
                }
            }
        };
        Self { shared, started, thread: Some(thread::spawn(watch)) }
    }

    /// The time begins.
    pub(crate) fn begin(&self) {
        let limit = u64::try_from(LIMIT.as_millis()).expect("the limit is short");
        self.shared.limit.store(millis(self.started) + limit, Ordering::Relaxed);
    }

    /// Is the time up?
    pub(crate) fn barks(&self) -> bool {
        millis(self.started) > self.shared.limit.load(Ordering::Relaxed)
    }
}

fn millis(since: Instant) -> u64 {
    u64::try_from(since.elapsed().as_millis()).unwrap_or(u64::MAX)
}

extern "C" fn nothing(_: nix::libc::c_int) {}

impl Drop for Watchdog {
    fn drop(&mut self) {
        self.shared.over.store(true, Ordering::Relaxed);
        if let Some(thread) = self.thread.take() {
            let _ = thread.join();
        }
    }
}
