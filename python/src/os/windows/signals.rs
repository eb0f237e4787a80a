//! The signals of the C runtime, and their numbers. The console's events come without the interpreter.

use pyo3::prelude::*;
use shutdown_protection::ShutdownEvent as Event;

pub(crate) const SIGNALS: [Event; 3] = [Event::SigInt, Event::SigTerm, Event::SigBreak];

/// As `signal.h` has them.
pub(crate) fn number(event: Event) -> Option<i32> {
    match event {
        Event::SigInt => Some(2),
        Event::SigTerm => Some(15),
        Event::SigBreak => Some(21),
        _ => None,
    }
}

/// The interpreter's own handler is not looked for here.
pub(crate) fn learn(_: Python<'_>) -> PyResult<()> {
    Ok(())
}

/// To ask the C runtime would put the engine's handler there.
pub(crate) fn tells_anew(_: Event) -> bool {
    true
}

/// The C runtime tells what stands only by replacing it.
pub(crate) fn is_others(_: Python<'_>, _: i32, _: bool) -> PyResult<bool> {
    Ok(false)
}
