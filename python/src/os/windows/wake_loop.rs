//! Waking an event loop that the main thread runs and that no signal wakes: on Windows `select` is not interrupted, and
//! only the Proactor loop has the interpreter's wakeup descriptor. Something to do wakes every loop, and with it the
//! interpreter's handlers.

use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use pyo3::intern;
use pyo3::prelude::*;

use crate::imports::import;
use crate::{lifetime, present};

/// When a helper thread is worth while: wake-ups are repeated every few milliseconds for as long as the main thread does not
/// come, and if it is in no loop, that may be as long as the program runs.
struct Pace {
    /// A helper is on its way.
    on_its_way: bool,
    /// When the last one that found no loop was through, and the pause behind it.
    in_vain: Option<(Instant, Duration)>,
    /// The last wake-up.
    asked: Option<Instant>,
}

static PACE: Mutex<Pace> = Mutex::new(Pace { on_its_way: false, in_vain: None, asked: None });

const SHORTEST: Duration = Duration::from_millis(32);
const LONGEST: Duration = Duration::from_secs(2);
/// The wake-ups of one shutdown come closer together, else this is another one.
const SERIES: Duration = Duration::from_secs(1);

fn pace() -> MutexGuard<'static, Pace> {
    PACE.lock().unwrap_or_else(PoisonError::into_inner)
}

impl Pace {
    fn sends(&mut self) -> bool {
        let now = Instant::now();
        if self.asked.replace(now).is_none_or(|asked| now.duration_since(asked) > SERIES) {
            self.in_vain = None;
        }
        let waits = self.in_vain.is_some_and(|(since, pause)| now.duration_since(since) < pause);
        !waits && !std::mem::replace(&mut self.on_its_way, true)
    }

    fn arrived(&mut self, has_found: bool) {
        self.on_its_way = false;
        let longer = self.in_vain.map_or(SHORTEST, |(_, pause)| (pause * 2).min(LONGEST));
        self.in_vain = (!has_found).then(|| (Instant::now(), longer));
    }
}

/// By a helper thread, since it takes the interpreter lock. One at a time.
pub(super) fn wake() {
    if pace().sends() {
        let helper = Helper { has_found: false };
        lifetime::with_python("shutdown-wake", move |py| {
            let mut helper = helper;
            // Without asyncio there is no loop; a loop that is closed meanwhile has been left.
            helper.has_found = give_it_something_to_do(py).unwrap_or(false);
        });
    }
}

/// Arrives also if it could not be had, or has found no interpreter.
struct Helper {
    has_found: bool,
}

impl Drop for Helper {
    fn drop(&mut self) {
        pace().arrived(self.has_found);
    }
}

fn give_it_something_to_do(py: Python<'_>) -> PyResult<bool> {
    if present::module(intern!(py, "asyncio.base_events")).is_some() {
        return import(py, "graceful_shutdown._asyncio")?.call_method0("wake_main")?.extract();
    }
    Ok(false)
}
