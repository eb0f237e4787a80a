//! C26: has the main thread handled what it met?

use super::turn::is_pending;
use crate::blocks::arena::{self, Arena};
use crate::engine::Engine;
use crate::machine::{Input, Occasion};

/// May the face look now whether the main thread has [`handled`] what it met, or is still [`handling`] it?
#[must_use]
pub fn concludes(occasion: Occasion) -> bool {
    if !is_pending() {
        return false;
    }
    let Some(engine) = Engine::current() else { return false };
    let mut session = engine.session();
    let core = session.core();
    let in_block = || arena::main().is_some_and(Arena::is_in_block);
    let concludes = core.machine.concludes(occasion, core.for_main.ask, in_block);
    session.finish();
    concludes
}

/// The program has handled the exception.
pub fn handled() {
    say(Input::Handled);
}

/// It has not, yet.
pub fn handling() {
    say(Input::Handling);
}

fn say(input: Input) {
    if let Some(engine) = Engine::current() {
        let mut session = engine.session();
        session.core().for_main.ask = false;
        session.feed(input);
        if input == Input::Handled {
            session.core().forget_interrupted();
        }
        session.finish();
    }
}
