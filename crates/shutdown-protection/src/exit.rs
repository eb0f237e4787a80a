//! The program exits by itself: `main` returns, or `std::process::exit` is called.
//!
//! Two moments, both registered with the system at the first use. At the beginning of the exit, blocks of
//! other threads are waited for (C28, C29), and what is pending is delivered. At its very end, behind all
//! exit functions, the status is enforced (C19): what a thread pool or `main` returned in between does not
//! change it.

use std::sync::atomic::{AtomicBool, Ordering};

use crate::blocks::arena;
use crate::blocks::census::held_by_others;
#[cfg(windows)]
use crate::config::ExitStatus;
use crate::engine::{Engine, Session};
use crate::event::ShutdownEvent;
use crate::machine::{Input, Left};
use crate::time::Time;
use crate::{callback, face, future, os};

/// An interpreter has stopped the threads that hold blocks, and nobody can run a callback.
static NOBODY_IS_LEFT: AtomicBool = AtomicBool::new(false);

/// From now on nothing is waited for.
pub(crate) fn nobody_is_left() {
    NOBODY_IS_LEFT.store(true, Ordering::Release);
}

/// In the child of a fork.
pub(crate) fn forked() {
    NOBODY_IS_LEFT.store(false, Ordering::Release);
}

/// Registers both moments.
pub(crate) fn watch() {
    os::exit::register();
}

/// The exit begins, in the thread that called for it.
pub(crate) fn begins() {
    if let Some(face) = face::get() {
        face.process_exits();
    }
    let Some(engine) = Engine::current() else { return };
    // What has come by now came before: in the blocks that end here.
    engine.take_events();
    future::end_those_polled_here();
    engine.exit(callback::exit_begins_here());
}

/// The end of the exit: nothing of the program runs behind this. `status`: what the program would end with,
/// where the system tells.
#[cfg(unix)]
pub(crate) fn ends(status: Option<i32>) {
    let Some(engine) = Engine::current() else { return };
    let last_look = || {
        // An event that came during the exit functions may have called for `before_termination`.
        engine.wait_for_the_rest();
        engine.session().status_at_exit(status)
    };
    // With an event pending, later ones change nothing (C20). If there is none, one that comes behind the look ends the
    // process by itself.
    let event = last_look().or_else(|| {
        os::handler::last_moment();
        last_look()
    });
    if let Some(event) = event {
        // The C library would write its buffers only behind this. Should a thread hold one for ever: the hard stage.
        os::exit::flush();
        engine.die(event);
    }
}

/// The face's program ends with this status, and without its exit functions: by the event's signal, if the status stands for it.
pub fn end_by_status(status: i32) {
    let Some(engine) = Engine::current() else { return };
    engine.wait_for_the_rest();
    let event = engine.session().status_at_exit(Some(status));
    if let Some(event) = event {
        engine.die(event);
    }
}

/// Where the end of the exit is in two parts. First, behind all exit functions, while all threads still run: an event that
/// came during those may have called for `before_termination`.
#[cfg(windows)]
pub(crate) fn goes_on() {
    if let Some(engine) = Engine::current() {
        engine.wait_for_the_rest();
    }
}

/// Then the status to end with, if it is another than the program's. `alone`: in the only thread that is left.
#[cfg(windows)]
pub(crate) fn last_word(status: i32, alone: bool) -> Option<i32> {
    let engine = Engine::current()?;
    let mut session = if alone { engine.session_if_free()? } else { engine.session() };
    let event = session.status_at_exit(Some(status))?;
    let code = match session.core().settings.exit_status {
        ExitStatus::Code(code) => code,
        ExitStatus::Signal => os::end::status(event),
    };
    Some(code)
}

impl Engine {
    fn exit(&'static self, callback: Option<Input>) {
        let mut session = self.session();
        // This thread's blocks are over: nothing of what they protected runs any more.
        for slot in arena::mine_or_left().into_iter().flat_map(arena::Arena::slots) {
            if slot.is_open() && !slot.is_future() {
                slot.free();
            }
        }
        session.feed(Input::Exit);
        if let Some(done) = callback {
            session.feed(done);
        }
        session.finish();
        self.wait_for_the_rest();
    }

    /// Until nothing is open in other threads, and no callback runs. What is to run meanwhile, runs in helper
    /// threads: exit functions are no place for the user's code.
    fn wait_for_the_rest(&'static self) {
        if NOBODY_IS_LEFT.load(Ordering::Acquire) {
            return;
        }
        self.wait_while(Time::NEVER, |core, now| {
            let holds = held_by_others(now, core.bounds().unwrap_or(now.into()));
            (!core.machine.lets_exit(holds)).then(|| core.machine.next_tick(holds).unwrap_or(Time::NEVER))
        });
    }
}

impl Session {
    /// The event that this status must show, if it is not to stay.
    fn status_at_exit(&mut self, status: Option<i32>) -> Option<ShutdownEvent> {
        self.core().machine.status_at_exit(left(status))
    }
}

/// What a status says of the program that ends with it.
fn left(status: Option<i32>) -> Left {
    const SUCCESS: i32 = 0;
    /// What Rust's `main` ends with when it returns an error. An interpreter shows an error of the program by it.
    const MAIN_FAILED: i32 = 1;
    match (status, face::get()) {
        (None, _) => Left::Unknown,
        (Some(SUCCESS), _) => Left::Well,
        (Some(code), Some(face)) if face.has_raised(code) => Left::AsTold,
        (Some(MAIN_FAILED), None) => Left::Failed,
        (Some(_), _) => Left::Otherwise,
    }
}
