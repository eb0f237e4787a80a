//! Where an exception would find nobody, or do harm, for a moment: there it is held back, and comes again.
//!
//! A moment is bounded: what looks like such a place may be one that a program stays in. By time alone it would be over
//! before a main thread has run that others keep from running; so that has to have been asked some times, too.

use std::sync::{Mutex, PoisonError};
use std::time::{Duration, Instant};

use pyo3::intern;
use pyo3::prelude::*;

use crate::quiet::quietly;
use crate::{frames, owner, present};

/// Since when, and how often it was asked.
static SINCE: Mutex<Option<(Instant, u32)>> = Mutex::new(None);

const MOMENT: Duration = Duration::from_secs(1);
/// How often the supervisor makes the main thread look in that time, at the least, where it runs as it likes.
const LOOKS: u32 = 30;

/// Is the main thread in such a place? `forced`: it is told of the last attempt (C5), which only must not be lost.
pub(super) fn is_held_back(py: Python<'_>, forced: bool) -> bool {
    let is_lost = || frames::outwards(py).any(|frame| frames::is_weak_callback(&frame));
    let held_back = quietly(|| !forced && is_between_runs(py) || is_lost());
    let mut since = SINCE.lock().unwrap_or_else(PoisonError::into_inner);
    if !held_back {
        *since = None;
        return false;
    }
    let (began, looks) = since.get_or_insert_with(|| (Instant::now(), 0));
    *looks += 1;
    began.elapsed() < MOMENT || *looks < LOOKS
}

/// Is asyncio at work around a loop that does not run: before its first run, or while it is wound up? An exception would leave a
/// task that never ends, whose destructor says so.
fn is_between_runs(py: Python<'_>) -> bool {
    present::module(intern!(py, "asyncio")).is_some()
        && owner::running(py).is_none()
        && frames::outwards(py).any(|frame| frames::is_in_module(&frame, |module| module.starts_with("asyncio.")))
}
