//! A block as a face of another language holds it: a place in an arena, and no rule of its own.

use std::ops::ControlFlow;
use std::time::Duration;

use super::{Kind, Owner};
use crate::blocks::arena::{self, Arena};
use crate::blocks::owners::{self, Owners};
use crate::blocks::slot::{Slot, State};
use crate::engine::owner::Owned;
use crate::engine::{self, Engine, GATE, told};
use crate::error::Interrupted;
use crate::gate::Gate;
use crate::machine::{Bounds, Ending, Input, Nest};
use crate::os;
use crate::time::{Span, Time};

/// An open block.
#[derive(Clone, Copy)]
pub struct Block {
    slot: &'static Slot,
    arena: &'static Arena,
}

/// A block's place among its owner's, as the rules see it.
struct FaceBlock {
    slot: &'static Slot,
    owner: Owner,
}

impl Owned for FaceBlock {
    fn slot(&self) -> &'static Slot {
        self.slot
    }

    fn nest(&self, now: Time, bounds: Option<Bounds>, owners: &mut Owners) -> Nest {
        let mut nest = Nest::default();
        let open = self.slot.is_open();
        let mut add = |slot: &'static Slot, mine: bool| {
            let deadline = slot.deadline(bounds).unwrap_or(Time::NEVER);
            if mine {
                nest.deadline = nest.deadline.max(Some(deadline));
            }
            if !std::ptr::eq(slot, self.slot) && (!mine || !open || slot.is_older_than(self.slot)) {
                nest.outer_open |= deadline > now || slot.state() != State::Open;
                nest.outer_holds |= deadline > now;
                // One of its own that holds settles all that is asked: of thousands in each other the outermost is enough.
                if mine && deadline > now {
                    return ControlFlow::Break(());
                }
            }
            ControlFlow::Continue(())
        };
        // What the thread itself had opened is around what its event loop runs.
        let is_pending = bounds.is_some();
        if let Some(arena) = arena::mine_or_left() {
            owners.each(owners::Owner::thread(arena), is_pending, |slot| add(slot, self.owner.task == 0));
        }
        if self.owner.task != 0 {
            owners.each(owners::Owner::Task(self.owner.task), is_pending, |slot| add(slot, true));
        }
        nest
    }

    fn owner(&self) -> u64 {
        if self.owner.task == 0 { told::this_thread() } else { self.owner.task }
    }

    /// A face's main thread closes its block, and then waits for its turn.
    fn waits_for_others(&self) -> bool {
        false
    }

    fn is_guests_turn(&self) -> bool {
        self.owner.task == 0 && !self.owner.in_loop && os::thread::is_main_cached()
    }
}

impl Block {
    /// Starts a block where all is calm and the thread has started one before; `None`: [`start_slowly`](Self::start_slowly).
    #[inline]
    pub fn start(kind: &Kind, owner: Owner, tag: *const ()) -> Option<Self> {
        let calm = GATE.calm_now()?;
        let arena = arena::mine()?;
        let (slot, serial) = arena.take();
        let holder = owner.holds(tag, arena);
        slot.open_for(&holder, &kind.0, serial, calm, Time::now_or_later());
        let block = Self { slot, arena };
        GATE.light();
        if GATE.still_calm(|| calm) {
            return Some(block);
        }
        // An event came meanwhile: as if it had come before.
        block.close();
        if let Some(engine) = Engine::current() {
            engine.refused();
        }
        None
    }

    /// Starts a block by the engine's verdict.
    ///
    /// # Errors
    ///
    /// A shutdown is pending, and this owner has no other block open (C12).
    #[cold]
    pub fn start_slowly(kind: &Kind, owner: Owner, tag: *const (), regardless: bool) -> Result<Self, Interrupted> {
        let Ok(engine) = engine::installed() else { unreachable!("the face has installed the engine") };
        let arena = arena::acquire();
        let (slot, serial) = arena.take();
        let options = &kind.0;
        let open = || {
            let calm = Gate::calm(GATE.load());
            let now = Time::now();
            slot.open_for(&owner.holds(tag, arena), options, serial, calm, now);
        };
        match engine.admit(&FaceBlock { slot, owner }, options.regardless || regardless, open) {
            Ok(()) => Ok(Self { slot, arena }),
            Err(interrupted) => {
                arena.give_from_anywhere(slot);
                Err(interrupted)
            }
        }
    }

    /// Is nothing pending, in the process that the block belongs to?
    #[inline]
    pub fn is_calm(&self) -> bool {
        GATE.is_calm(|| self.slot.calm())
    }

    /// C23: does the block belong to this process?
    pub fn is_home(&self) -> bool {
        Gate::calm(GATE.load()) == self.slot.calm()
    }

    /// Is this thread the one that started it?
    #[inline]
    #[must_use]
    pub fn is_mine(&self) -> bool {
        self.arena.is_mine()
    }

    /// Gives the block its time again, where all is calm.
    #[inline]
    pub fn renew(&self) {
        self.slot.renew(Time::now_or_later());
    }

    /// Gives it its time again, also while something is pending; `time`: from now on this one.
    pub fn renew_slowly(&self, owner: Owner, time: Option<Duration>) {
        if let Some(time) = time {
            self.slot.renew_for(Span::from(time), Time::now_or_later());
        }
        if let Some(engine) = Engine::current().filter(|_| self.is_home()) {
            self.slot.reopen();
            engine.renew(&FaceBlock { slot: self.slot, owner });
        }
    }

    /// A breakpoint (C9, C13).
    ///
    /// # Errors
    ///
    /// The owner is to stop: end the block, and raise.
    pub fn allow_break(&self, owner: Owner, renew: bool) -> Result<(), Interrupted> {
        match Engine::current().filter(|_| self.is_home()) {
            Some(engine) => engine.breakpoint(&FaceBlock { slot: self.slot, owner }, renew),
            None => Ok(()),
        }
    }

    /// Is the time of the owner up, with a shutdown pending?
    #[must_use]
    pub fn has_lapsed(&self, owner: Owner) -> bool {
        let engine = Engine::current().filter(|_| self.is_home());
        engine.is_some_and(|engine| engine.deadline(&FaceBlock { slot: self.slot, owner }).is_err())
    }

    fn close(&self) {
        self.slot.free();
        self.arena.give_from_anywhere(self.slot);
    }

    /// Ends it where all is calm; `false`: [`end`](Self::end) it.
    #[inline]
    pub fn end_calmly(&self) -> bool {
        if !self.arena.is_at_hand() || !self.is_calm() {
            return false;
        }
        let was = self.slot.word();
        self.slot.free();
        GATE.light();
        if GATE.still_calm(|| self.slot.calm()) {
            self.arena.give(self.slot);
            return true;
        }
        self.slot.restore(was);
        false
    }

    /// Ends it, whatever is pending, and tells the engine. `own_error`: by an exit of the program's own (C10).
    pub fn end(self, own_error: bool) {
        if !self.is_home() {
            return;
        }
        let Some(engine) = Engine::current() else { return self.close() };
        let how = match own_error {
            true => Input::Failed { on_main: os::thread::is_main() },
            false => Input::Ended(Ending::Unwinding),
        };
        engine.ended(how, true, || self.close());
    }
}

/// An open block of a face, as it was found.
pub struct OpenFaceBlock {
    pub tag: *const (),
    pub age: Duration,
    /// `None`: its time does not run yet.
    pub remaining: Option<Duration>,
    /// The `pthread_t` of the thread that started it.
    pub thread: u64,
}

/// Is one open?
pub(crate) fn is_any_open() -> bool {
    arena::all().flat_map(Arena::slots).any(is_open)
}

fn is_open(slot: &Slot) -> bool {
    slot.is_open() && !slot.tag().is_null()
}

/// The open blocks. A block may end at any moment: what its tag names is there as long as the face keeps it.
pub fn open() -> Vec<OpenFaceBlock> {
    let bounds = Engine::current().and_then(Engine::bounds);
    let now = Time::now();
    let mut found = Vec::new();
    for arena in arena::all() {
        for seen in arena.slots().filter_map(|slot| slot.see_of_face(bounds)) {
            found.push(OpenFaceBlock {
                tag: seen.tag,
                age: seen.started.until(now),
                remaining: seen.deadline.map(|deadline| now.until(deadline)),
                thread: arena.thread(),
            });
        }
    }
    found
}
