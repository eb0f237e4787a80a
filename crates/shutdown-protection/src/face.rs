//! The seam for faces in other languages, which live by an interpreter: not part of the crate's public interface.
//!
//! Such a face differs from the Rust one in this: the end of a shutdown is an exception in the main thread, callbacks run
//! there, and a thread or a task can be interrupted from outside. What it must never do is decide: each function here asks
//! the engine. No function here waits for an interpreter.

use std::sync::{Arc, OnceLock};
use std::time::Duration;

use crate::callback;
use crate::config::Settings;
use crate::event::ShutdownEvent;
use crate::host::HOST;

mod block;
mod for_main;
mod handled;
mod install;
mod lapse;
mod owner;
mod status;
mod threads;
mod turn;

pub use crate::machine::{Occasion, Told};
pub(crate) use block::is_any_open;
pub(crate) use for_main::ForMain;
pub(crate) use lapse::interrupt_due;

pub use crate::exit::end_by_status;
pub use block::{Block, OpenFaceBlock, open};
pub use handled::{concludes, handled, handling};
pub use install::{install, is_installed, is_on_top, keeping_errno, keeping_events_back, put_on_top};
pub use lapse::{main_has_time, task_has_lapsed, tasks_hold_loop, thread_has_lapsed, thread_is_within_loop};
pub use owner::{Kind, Owner, outside};
pub use status::{configured_status, raised, status};
pub use threads::{is_main, pause, resume, run_elsewhere, this_thread, threads, wait_a_stretch};
pub use turn::{
    Turn, attending, await_turn, broken, event_came, exit_begins, exit_may_go_on, finished, give_back, is_end_due,
    is_in_callback, is_pending, taken, taken_and_raised, told, turn, turn_at_exit,
};

/// What an interpreter does for the engine. No function may block, nor wait for the interpreter.
pub trait Face: Sync {
    /// Makes the main thread take its [`turn()`] soon, even if it is blocked in a system call.
    fn wake_main(&self);

    /// The deadlines of all blocks of these threads (`pthread_t`s), and of these tasks, have passed.
    fn interrupt(&self, threads: Vec<u64>, tasks: Vec<u64>);

    /// The handler that stands for this event does what the default action would: it is no guest (C27).
    fn stands_for_default(&self, event: ShutdownEvent) -> bool;

    /// The process exits: from now on, no thread of ours may use the interpreter.
    fn process_exits(&self);

    /// Is this the status of an exception that the face has raised?
    fn has_raised(&self, status: i32) -> bool;

    /// Is the interpreter's handler on top of ours for a moment, while the face installs both?
    fn is_installing(&self) -> bool;

    /// A guest's handler was called this many times in a row for one event each; the interpreter makes one call of it.
    /// In a signal handler.
    fn guest_called(&self, event: ShutdownEvent, times: u32);

    /// An event has come while a shutdown is pending. What it changes hangs on what the main thread is doing now (C20, C26), and
    /// not when the supervisor has woken it. In a signal handler.
    fn came_again(&self);

    /// A shutdown has become pending, and blocks are open. In a helper thread of ours.
    fn announce(&self);
}

static FACE: OnceLock<&'static dyn Face> = OnceLock::new();

/// Once, before the first use of anything else.
pub fn adopt(face: &'static dyn Face) {
    let _ = FACE.set(face);
}

#[cfg(windows)]
pub use crate::os::crt::CRuntime;

/// Names the C runtime that the interpreter uses, which is not that of its extension: where its signals are, and its exit.
/// Once, before the first use of anything else.
#[cfg(windows)]
pub fn use_c_runtime(runtime: CRuntime) {
    crate::os::crt::adopt(runtime);
}

pub(crate) fn get() -> Option<&'static dyn Face> {
    FACE.get().copied()
}

pub(crate) fn stands_for_default(event: ShutdownEvent) -> bool {
    get().is_some_and(|face| face.stands_for_default(event))
}

/// C16: the main thread did not get to `before_termination`; a helper thread calls it. What holds the interpreter holds up
/// the end for half a second at the most, and not beyond the time that the system grants.
pub(crate) fn call_before_the_end(settings: &Arc<Settings>, granted: Duration) {
    let (done, is_done) = std::sync::mpsc::channel();
    let settings = Arc::clone(settings);
    let job = Box::new(move || {
        callback::before_termination(&settings);
        let _ = done.send(());
    });
    if HOST.run("shutdown-end", job).is_ok() {
        let _ = is_done.recv_timeout(granted.min(Duration::from_millis(500)));
    }
}
