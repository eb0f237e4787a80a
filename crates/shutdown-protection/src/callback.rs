//! The user's callbacks: run away from the supervisor, never torn by a panic, and known to the thread that
//! runs them.

use std::cell::Cell;
use std::mem::ManuallyDrop;
use std::sync::Arc;

use crate::config::Settings;
use crate::engine::Engine;
use crate::host::HOST;
use crate::machine::Input;
use crate::{panics, report};

thread_local! {
    static HERE: Cell<Here> = const { Cell::new(Here::Program) };
}

/// What this thread runs.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Here {
    Program,
    BeforeHup,
    BeforeTermination,
    ExitFunctions,
}

/// In the child of a fork: the callback that forked is the parent's.
pub(crate) fn forked() {
    HERE.set(Here::Program);
}

/// Runs `before_termination` in this thread.
pub(crate) fn before_termination(settings: &Settings) {
    if let Some(callback) = &settings.before_termination {
        // In an exit function that asks for a shutdown, more exit functions follow (C12).
        let former = HERE.replace(Here::BeforeTermination);
        run("before_termination", &**callback);
        HERE.set(former);
    }
}

/// Runs it in a helper thread, and tells the engine.
pub(crate) fn before_termination_elsewhere(engine: &'static Engine, settings: Arc<Settings>) {
    elsewhere(engine, "shutdown-end", Input::TerminationDone, settings, before_termination);
}

/// Runs `before_hup` in a helper thread, and tells the engine.
pub(crate) fn before_hup_elsewhere(engine: &'static Engine, settings: Arc<Settings>) {
    elsewhere(engine, "shutdown-hup", Input::HupDone, settings, before_hup);
}

/// Runs `before_hup` in this thread.
pub(crate) fn before_hup(settings: &Settings) {
    if let Some(callback) = &settings.before_hup {
        let former = HERE.replace(Here::BeforeHup);
        run("before_hup", &**callback);
        HERE.set(former);
    }
}

/// The helper thread drops the settings, too: they may be replaced meanwhile, and then what the callbacks have captured
/// goes with them, which is the user's code. Not even a thread that could not be had drops them here.
fn elsewhere(engine: &'static Engine, name: &str, done: Input, settings: Arc<Settings>, job: fn(&Settings)) {
    let settings = ManuallyDrop::new(settings);
    let job = Box::new(move || {
        let settings = ManuallyDrop::into_inner(settings);
        job(&settings);
        // The end waits for the callback, not for what it has captured.
        engine.callback_done(done);
        drop(settings);
    });
    if let Err(error) = HOST.run(name, job) {
        // No thread is to be had. The end is more important than the callback.
        report::callback_not_run(name, &error);
        engine.callback_done(done);
    }
}

/// C6, C16: what a callback raises is logged and changes nothing else.
fn run(name: &str, callback: &(dyn Fn() + Send + Sync)) {
    panics::contain(callback, |payload| report::callback_panicked(name, payload));
}

/// C12: do blocks start here although a shutdown is pending?
pub(crate) fn starts_regardless() -> bool {
    matches!(HERE.get(), Here::BeforeTermination | Here::ExitFunctions)
}

/// Does this thread run the end itself? Then its blocks' ends end nothing.
pub(crate) fn is_here() -> bool {
    starts_regardless()
}

/// May this thread run `before_termination` itself? Not while it panics: a panic in the callback must not
/// meet it.
pub(crate) fn may_run_here() -> bool {
    !is_here() && !std::thread::panicking()
}

/// From here on this thread runs the program's exit functions. Gives the input for the callback that called for the
/// exit, which will not return.
pub(crate) fn exit_begins_here() -> Option<Input> {
    match HERE.replace(Here::ExitFunctions) {
        Here::BeforeHup => Some(Input::HupDone),
        Here::BeforeTermination => Some(Input::TerminationDone),
        Here::Program | Here::ExitFunctions => None,
    }
}
