//! Whose time is up (C11): threads and tasks that can be interrupted from outside.
//!
//! An owner is interrupted once for each lapse, which its slots note. Looking is one pass over all slots, whatever the number of
//! owners, and what is found is handed over at once.

use std::collections::HashMap;
use std::ops::ControlFlow;

use super::get;
use crate::blocks::arena::{self, Arena};
use crate::blocks::owners;
use crate::blocks::slot::{Slot, State};
use crate::engine::Engine;
use crate::machine::Bounds;
use crate::time::Time;

#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
enum Owner {
    /// By its `pthread_t`, and by its number as an owner.
    Thread(u64, u64),
    MainThread,
    Task(u64),
}

impl Owner {
    fn of(arena: &Arena, slot: &Slot) -> Option<Self> {
        match slot.task() {
            0 if slot.is_future() => None,
            0 if arena.is_mains() => Some(Self::MainThread),
            0 => Some(Self::Thread(arena.thread(), arena.number())),
            task => Some(Self::Task(task)),
        }
    }
}

/// The open slots of threads and tasks.
fn open_slots() -> impl Iterator<Item = (Owner, &'static Slot)> {
    let of_arena = |arena: &'static Arena| {
        arena.slots().filter(|slot| slot.is_open()).filter_map(move |slot| Some((Owner::of(arena, slot)?, slot)))
    };
    arena::all().flat_map(of_arena)
}

/// The latest deadline of each owner's open blocks.
fn deadlines(bounds: Bounds) -> HashMap<Owner, Time> {
    let mut latest: HashMap<Owner, Time> = HashMap::new();
    for (owner, slot) in open_slots() {
        let deadline = slot.deadline(Some(bounds)).unwrap_or(Time::NEVER);
        let known = latest.entry(owner).or_insert(deadline);
        *known = (*known).max(deadline);
    }
    latest
}

/// Interrupts the threads and tasks whose time is up; when is the next one?
pub(crate) fn interrupt_due(engine: &'static Engine, bounds: Bounds) -> Option<Time> {
    let face = get()?;
    let now = Time::now();
    let deadlines = deadlines(bounds);
    if deadlines.values().any(|deadline| *deadline <= now) {
        let (threads, tasks) = engine.note_lapsed(bounds);
        if !threads.is_empty() || !tasks.is_empty() {
            face.interrupt(threads, tasks);
        }
    }
    deadlines.into_values().filter(|deadline| *deadline > now).min()
}

impl Engine {
    /// Notes, under the lock, which owners are being interrupted: those who have not their time again, and were not before.
    /// The main thread may have been told for the same lapse, and have handled that already (C26): what was due stays due.
    fn note_lapsed(&'static self, bounds: Bounds) -> (Vec<u64>, Vec<u64>) {
        let mut session = self.session();
        let core = session.core();
        let mut new = std::collections::HashSet::new();
        let now = Time::now();
        let deadlines = deadlines(bounds);
        for (owner, slot) in open_slots() {
            let lapsed = deadlines.get(&owner).is_some_and(|deadline| *deadline <= now);
            if lapsed && slot.note_interrupted() {
                new.insert(owner);
            }
        }
        let is_pending = core.bounds().is_some();
        let (mut threads, mut numbers, mut tasks) = (Vec::new(), Vec::new(), Vec::new());
        for owner in new {
            match owner {
                // Told already, it has nothing to wait for.
                Owner::MainThread => core.for_main.lapsed = is_pending && core.machine.told().is_none(),
                Owner::Thread(thread, number) => {
                    threads.push(thread);
                    numbers.push(number);
                }
                Owner::Task(task) => tasks.push(task),
            }
        }
        // By the numbers that they have at their own breakpoints, too: an owner is counted once (C26).
        if is_pending {
            core.note_interrupted(numbers.iter().chain(&tasks).copied());
        }
        session.finish();
        (threads, tasks)
    }

    fn task_has_lapsed(&'static self, task: u64) -> bool {
        let mut session = self.session();
        let core = session.core();
        let bounds = core.bounds();
        let mut open = Vec::new();
        core.owners.each(owners::Owner::Task(task), bounds.is_some(), |slot| {
            open.push(slot);
            ControlFlow::Continue(())
        });
        let lapsed = have_lapsed(open.into_iter(), bounds);
        session.finish();
        lapsed
    }

    fn tasks_hold_loop(&'static self, tasks: &[u64]) -> bool {
        let mut session = self.session();
        let core = session.core();
        let now = Time::now();
        let mut holds = false;
        if let Some(bounds) = core.bounds() {
            let machine = &core.machine;
            let owners = &mut core.owners;
            holds = tasks.iter().any(|task| {
                let mut held = false;
                owners.each(owners::Owner::Task(*task), machine.is_pending(), |slot| {
                    let is_open = slot.deadline(Some(bounds)).is_some_and(|deadline| deadline > now);
                    held = is_open && machine.holds_loops(slot.started());
                    if held { ControlFlow::Break(()) } else { ControlFlow::Continue(()) }
                });
                held
            });
        }
        session.finish();
        holds
    }
}

/// Is the time of all blocks of this thread (a `pthread_t`) up, since a shutdown became pending?
#[must_use]
pub fn thread_has_lapsed(thread: u64) -> bool {
    let bounds = Engine::current().and_then(Engine::bounds);
    have_lapsed(open_slots_of(thread), bounds)
}

/// Has this thread (a `pthread_t`) a block open that it has started within what its event loop runs, not around that? Then what
/// interrupts it within its code meets no loop's own.
#[must_use]
pub fn thread_is_within_loop(thread: u64) -> bool {
    open_slots_of(thread).any(Slot::is_in_loop)
}

/// Has the main thread a block of its own open that has not lapsed? While it is there, the main thread is not told.
#[must_use]
pub fn main_has_time() -> bool {
    let bounds = Engine::current().and_then(Engine::bounds);
    let now = Time::now();
    open_slots()
        .filter(|(of, _)| *of == Owner::MainThread)
        .any(|(_, slot)| slot.deadline(bounds).is_none_or(|deadline| deadline > now))
}

fn open_slots_of(thread: u64) -> impl Iterator<Item = &'static Slot> {
    open_slots().filter(move |(of, _)| matches!(of, Owner::Thread(of, _) if *of == thread)).map(|(_, slot)| slot)
}

/// The same for a task.
#[must_use]
pub fn task_has_lapsed(task: u64) -> bool {
    Engine::current().is_some_and(|engine| engine.task_has_lapsed(task))
}

/// Has one of these tasks, which one event loop runs, a block for which the loop is to go on, although it has been asked to stop?
#[must_use]
pub fn tasks_hold_loop(tasks: &[u64]) -> bool {
    Engine::current().is_some_and(|engine| engine.tasks_hold_loop(tasks))
}

/// Have these blocks, all that an owner has open? What was due when it lapsed stays due, until the block has its time again,
/// whatever has become of the shutdown since.
fn have_lapsed(open: impl Iterator<Item = &'static Slot>, bounds: Option<Bounds>) -> bool {
    let bounds = bounds.unwrap_or(Time(0).into());
    let now = Time::now();
    let mut any = false;
    for slot in open {
        let due = slot.deadline(Some(bounds)).is_some_and(|deadline| deadline <= now);
        if slot.state() == State::Open || !due {
            return false;
        }
        any = true;
    }
    any
}
