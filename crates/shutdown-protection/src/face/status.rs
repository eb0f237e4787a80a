//! The status that the program ends with, where a face's exceptions decide it (C19).

use crate::config::ExitStatus;
use crate::engine::Engine;
use crate::event::ShutdownEvent;
use crate::machine::Input;
use crate::os;

/// The exception is on its way: what the program then ends with is by the shutdown; or by `own`, a status that
/// `before_termination` has chosen.
pub fn raised(own: bool) {
    if let Some(engine) = Engine::current() {
        let mut session = engine.session();
        session.feed(Input::Raising { own_status: own });
        session.finish();
    }
}

/// The status that an exception of the end has, if one is configured.
#[must_use]
pub fn configured_status() -> Option<i32> {
    match Engine::current()?.settings().exit_status {
        ExitStatus::Code(code) => Some(code),
        ExitStatus::Signal => None,
    }
}

/// The status that an exception of the end has after this event (C19).
#[must_use]
pub fn status(event: ShutdownEvent) -> i32 {
    configured_status().unwrap_or_else(|| os::end::status(event))
}
