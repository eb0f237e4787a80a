//! The seam for faces in other languages, which live by an interpreter: not part of the crate's public interface.
//!
//! Such a face differs from the Rust one in this: the end of a shutdown is an exception in the main thread, callbacks run
//! there, and a thread or a task can be interrupted from outside. What it must never do is decide: each function here asks
//! the engine. No function here waits for an interpreter.

use std::sync::{Arc, OnceLock};
use std::time::Duration;

use crate::blocks::arena::{self, Arena};
use crate::blocks::slot::{Slot, State};
use crate::callback;
use crate::config::Settings;
use crate::engine::Engine;
use crate::event::ShutdownEvent;
use crate::host::HOST;
use crate::machine::Effects;
use crate::time::{Span, Time};

mod block;
mod turn;

pub use crate::machine::Told;
pub use block::{Block, Kind, OpenFaceBlock, Owner, open};
pub use turn::{
    Turn, attending, await_turn, configured_status, event_came, exit_begins, exit_may_go_on, finished, give_back,
    handled, handling, install, is_in_callback, is_installed, is_on_top, is_pending, outside, own_error, pause,
    put_on_top, raised, resume, run_elsewhere, taken, threads, told, told_and_taken, turn, turn_at_exit,
    wait_a_stretch,
};

/// What an interpreter does for the engine. No function may block, nor wait for the interpreter.
pub trait Face: Sync {
    /// Makes the main thread take its [`turn()`] soon, even if it is blocked in a system call.
    fn wake_main(&self);

    /// The deadline of all blocks of this thread (a `pthread_t`) has passed.
    fn interrupt_thread(&self, thread: u64);

    /// The deadline of all blocks of this task has passed.
    fn interrupt_task(&self, task: u64);

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

    /// A shutdown has become pending. In a helper thread of ours.
    fn announce(&self);
}

static FACE: OnceLock<&'static dyn Face> = OnceLock::new();

/// Once, before the first use of anything else.
pub fn adopt(face: &'static dyn Face) {
    let _ = FACE.set(face);
}

pub(crate) fn get() -> Option<&'static dyn Face> {
    FACE.get().copied()
}

pub(crate) fn stands_for_default(event: ShutdownEvent) -> bool {
    get().is_some_and(|face| face.stands_for_default(event))
}

/// What waits for the main thread's turn: levels, which stay until they are taken.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(crate) struct ForMain {
    pub(crate) before_hup: bool,
    pub(crate) before_termination: bool,
    pub(crate) tell: bool,
    /// Its blocks have lapsed while others hold the end: it is to wait (C18).
    pub(crate) lapsed: bool,
    /// It is to look whether what it was told has been handled (C26).
    pub(crate) ask: bool,
    /// What it was woken for last.
    woken_for: u8,
    looks: u32,
}

impl ForMain {
    pub(crate) fn take_over(&mut self, effects: &mut Effects) {
        if get().is_some() {
            self.before_hup |= std::mem::take(&mut effects.call_before_hup);
            self.before_termination |= std::mem::take(&mut effects.call_before_termination);
            self.tell |= std::mem::take(&mut effects.tell);
            self.ask |= std::mem::take(&mut effects.ask);
        }
    }

    pub(crate) fn any(&self) -> bool {
        self.bits() != 0
    }

    fn bits(&self) -> u8 {
        u8::from(self.before_hup)
            | u8::from(self.before_termination) << 1
            | u8::from(self.tell) << 2
            | u8::from(self.lapsed) << 3
            | u8::from(self.ask) << 4
    }

    /// Wakes the main thread for what is new; `true`: it did, and the supervisor has to see to it that it was not in vain.
    pub(crate) fn wake(&mut self) -> bool {
        let bits = self.bits();
        let wakes = bits & !self.woken_for != 0 && !turn::is_attending();
        if wakes {
            if let Some(face) = get() {
                face.wake_main();
            }
            self.looks = 0;
        }
        self.woken_for = bits;
        wakes
    }

    /// For the supervisor: a wake-up can come to the main thread just before it blocks, and be lost; so it is repeated.
    pub(crate) fn look_again(&mut self) -> Option<Time> {
        if !self.any() {
            return None;
        }
        if self.looks > 0 {
            if let Some(face) = get() {
                face.wake_main();
            }
        }
        self.looks = (self.looks + 1).min(6);
        Some(Time::now().plus(Span::from_millis(1 << (self.looks - 1))))
    }

    /// After a cancelled shutdown: a SIGHUP that came is called for all the same.
    pub(crate) fn forget(&mut self) {
        *self = Self { before_hup: self.before_hup, ..Self::default() };
    }
}

/// C16: the main thread did not get to `before_termination`; a helper thread calls it. What holds the interpreter holds up
/// the end for half a second at the most.
pub(crate) fn call_before_the_end(settings: &Arc<Settings>) {
    let (done, is_done) = std::sync::mpsc::channel();
    let settings = Arc::clone(settings);
    let job = Box::new(move || {
        callback::before_termination(&settings);
        let _ = done.send(());
    });
    if HOST.run("shutdown-end", job).is_ok() {
        let _ = is_done.recv_timeout(Duration::from_millis(500));
    }
}

/// Interrupts the threads and tasks whose time is up (C11); when is the next one?
pub(crate) fn interrupt_due(engine: &'static Engine, first_at: Time) -> Option<Time> {
    let face = get()?;
    let now = Time::now();
    let mut next: Option<Time> = None;
    let mut wait_for = |deadline: Time| next = [next, Some(deadline)].into_iter().flatten().min();
    for arena in arena::all() {
        match latest(arena.slots().filter(|slot| !slot.is_future()), first_at) {
            Some(deadline) if deadline > now => wait_for(deadline),
            Some(_) => {
                let lapsed = || arena.slots().filter(|slot| slot.is_open() && !slot.is_future());
                if engine.note_lapsed(lapsed, arena.is_mains()) && !arena.is_mains() {
                    face.interrupt_thread(arena.thread());
                }
            }
            None => {}
        }
    }
    let mut tasks: Vec<u64> = task_slots().map(Slot::task).collect();
    tasks.sort_unstable();
    tasks.dedup();
    for task in tasks {
        let of_task = || task_slots().filter(|slot| slot.task() == task);
        match latest(of_task(), first_at) {
            Some(deadline) if deadline > now => wait_for(deadline),
            Some(_) if engine.note_lapsed(of_task, false) => face.interrupt_task(task),
            Some(_) | None => {}
        }
    }
    next
}

/// Is the time of all blocks of this thread (a `pthread_t`) up, with a shutdown pending?
pub fn thread_has_lapsed(thread: u64) -> bool {
    let of_thread = arena::all().filter(|arena| arena.thread() == thread).flat_map(Arena::slots);
    has_lapsed(of_thread.filter(|slot| !slot.is_future()))
}

/// The same for a task.
#[must_use]
pub fn task_has_lapsed(task: u64) -> bool {
    has_lapsed(task_slots().filter(|slot| slot.task() == task))
}

/// What was due when it lapsed stays due, until the block has its time again, whatever has become of the shutdown since.
fn has_lapsed(slots: impl Iterator<Item = &'static Slot>) -> bool {
    let first_at = Engine::current().and_then(Engine::first_at).unwrap_or(Time(0));
    let now = Time::now();
    let mut any = false;
    for slot in slots.filter(|slot| slot.is_open()) {
        let lapsed =
            slot.state() != State::Open && slot.deadline(Some(first_at)).is_some_and(|deadline| deadline <= now);
        if !lapsed {
            return false;
        }
        any = true;
    }
    any
}

fn task_slots() -> impl Iterator<Item = &'static Slot> {
    arena::all().flat_map(Arena::slots).filter(|slot| slot.is_open() && slot.task() != 0)
}

/// The latest deadline of the open ones.
fn latest(slots: impl Iterator<Item = &'static Slot>, first_at: Time) -> Option<Time> {
    slots.filter(|slot| slot.is_open()).map(|slot| slot.deadline(Some(first_at)).unwrap_or(Time::NEVER)).max()
}

impl Engine {
    /// Notes, under the lock, that these blocks' owner is being interrupted; `false`: it was before, or it has its time
    /// again.
    fn note_lapsed<I: Iterator<Item = &'static Slot>>(&'static self, slots: impl Fn() -> I, main: bool) -> bool {
        let mut session = self.session();
        let core = session.core();
        let Some(first_at) = core.first_at() else { return false };
        let lapsed = latest(slots(), first_at).is_some_and(|deadline| deadline <= Time::now());
        let mut new = false;
        if lapsed {
            for slot in slots().filter(|slot| slot.state() == State::Open) {
                new |= slot.note_interrupted();
            }
        }
        core.for_main.lapsed |= main && new;
        session.finish();
        new
    }
}
