//! The main thread's turn: what the engine has for it, where a face runs callbacks and raises the end there.

use std::cell::Cell;

use crate::blocks::arena;
use crate::blocks::census::{held_by_others, nest_in_thread};
use crate::engine::{Engine, GATE};
use crate::event::ShutdownEvent;
use crate::gate::{ATTENTION, PENDING};
use crate::machine::{Input, Told};
use crate::time::Time;
use crate::{callback, exit};

/// What the main thread has to do.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Turn {
    /// Go on.
    Nothing,
    /// Its blocks have lapsed, and others hold the end: [`await_turn`] (C18).
    Wait,
    /// Raise this, and say so by [`taken`].
    Raise(Told),
}

thread_local! {
    static ATTENDING: Cell<bool> = const { Cell::new(false) };
}

/// Is this the main thread, on its way to its turn? Then it need not be woken.
pub(super) fn is_attending() -> bool {
    ATTENDING.get()
}

/// Runs `work`, behind which the main thread takes its turn.
pub fn attending<T>(work: impl FnOnce() -> T) -> T {
    let former = ATTENDING.replace(true);
    let result = work();
    ATTENDING.set(former);
    result
}

/// An event that came by another way than our handlers.
pub fn event_came(event: ShutdownEvent) {
    if let Some(engine) = Engine::current() {
        let mut session = engine.session();
        session.feed(Input::Event(event.into()));
        session.finish();
    }
}

/// Takes the main thread's turn: callbacks run here.
pub fn turn() -> Turn {
    loop {
        // Anew each time: a callback may have forked.
        let Some(engine) = Engine::current() else { return Turn::Nothing };
        let mut session = engine.session();
        let core = session.core();
        if std::mem::take(&mut core.for_main.before_hup) {
            let settings = std::sync::Arc::clone(&core.settings);
            session.finish();
            callback::before_hup(&settings);
            engine.callback_done(Input::HupDone);
            continue;
        }
        if std::mem::take(&mut core.for_main.before_termination) {
            let settings = std::sync::Arc::clone(&core.settings);
            session.finish();
            callback::before_termination(&settings);
            engine.callback_done(Input::TerminationDone);
            continue;
        }
        let mut turn = Turn::Nothing;
        if core.for_main.tell {
            turn = core.machine.told().map_or(Turn::Nothing, Turn::Raise);
        } else if !is_in_callback() && std::mem::take(&mut core.for_main.lapsed) && core.machine.is_pending() {
            // Not in a callback, whose end the waiting would wait for.
            let now = Time::now();
            let nest = nest_in_thread(None, now, core.bounds());
            if nest.outer_open && !nest.outer_holds {
                turn = Turn::Wait;
            }
        }
        session.finish();
        return turn;
    }
}

/// The main thread is interrupted at a breakpoint.
pub fn broken() {
    let (Some(engine), Some(arena)) = (Engine::current(), arena::main()) else { return };
    if arena.is_in_block() {
        let mut session = engine.session();
        session.feed(Input::Broken { started: arena.serial() });
        session.finish();
    }
}

/// Is the end all that the main thread's turn is about? Not after the last attempt (C5), which waits for nothing.
#[must_use]
pub fn is_end_due() -> bool {
    let Some(engine) = Engine::current() else { return false };
    let mut session = engine.session();
    let core = session.core();
    let due = core.for_main.before_termination || core.for_main.tell;
    let due = due && !core.for_main.before_hup && !core.machine.is_forced();
    session.finish();
    due
}

/// Waits until it is the main thread's turn again, or nothing is pending any more.
pub fn await_turn() {
    if let Some(engine) = Engine::current() {
        engine.wait_while(Time::NEVER, |core, now| {
            let over = core.for_main.any() || !core.machine.is_pending() || core.machine.told().is_some();
            (!over).then(|| core.next_tick().unwrap_or(Time::NEVER).max(now))
        });
    }
}

/// The main thread meets what it was told; `false`: it is too late, or told already.
#[must_use]
pub fn taken(told: Told) -> bool {
    take(told, &[Input::Raised])
}

/// As [`taken`], and the exception is on its way as by [`raised`](super::raised).
#[must_use]
pub fn taken_and_raised(told: Told, own_status: bool) -> bool {
    take(told, &[Input::Raised, Input::Raising { own_status }])
}

fn take(told: Told, inputs: &[Input]) -> bool {
    let Some(engine) = Engine::current() else { return false };
    let mut session = engine.session();
    let core = session.core();
    // It may have become another one meanwhile, which comes again.
    let due = core.for_main.tell && core.machine.told() == Some(told);
    if due {
        core.for_main.tell = false;
        inputs.iter().for_each(|input| session.feed(*input));
    }
    session.finish();
    due
}

/// What was delivered, if something was.
#[must_use]
pub fn told() -> Option<Told> {
    let mut session = Engine::current()?.session();
    let told = session.core().machine.told();
    session.finish();
    told
}

/// Is a shutdown pending?
#[inline]
pub fn is_pending() -> bool {
    GATE.load() & (PENDING | ATTENTION) != 0 && crate::is_requested()
}

/// C28, C29: the interpreter's exit functions are over, all but this one. Blocks of daemon threads are waited for.
pub fn exit_begins() {
    if let Some(engine) = Engine::current() {
        let mut session = engine.session();
        session.feed(Input::Exit);
        let for_main = &mut session.core().for_main;
        (for_main.tell, for_main.ask) = (false, false);
        session.finish();
    }
}

/// Waits for them; `false`: a callback is due before, so [`turn_at_exit`].
#[must_use]
pub fn exit_may_go_on() -> bool {
    let Some(engine) = Engine::current() else { return true };
    let mut callback_due = false;
    engine.wait_while(Time::NEVER, |core, now| {
        core.for_main.tell = false;
        callback_due = core.for_main.any();
        let census = held_by_others(now, core.bounds().unwrap_or(now.into()));
        let over = callback_due || core.machine.lets_exit(census);
        (!over).then(|| core.machine.next_tick(census).unwrap_or(Time::NEVER))
    });
    !callback_due
}

/// The main thread has taken what it was told, and cannot raise it here: it comes again.
pub fn give_back() {
    if let Some(engine) = Engine::current() {
        let mut session = engine.session();
        let core = session.core();
        core.for_main.tell |= core.machine.told().is_some();
        core.for_main.ask = false;
        session.feed(Input::GivenBack);
        session.finish();
    }
}

/// Does this thread run a callback, in which blocks start and end although a shutdown is pending?
#[must_use]
pub fn is_in_callback() -> bool {
    callback::starts_regardless()
}

/// Runs the callbacks that are due.
pub fn turn_at_exit() {
    attending(|| _ = turn());
}

/// The interpreter ends: nobody is left to wait for.
pub fn finished() {
    exit::nobody_is_left();
}
