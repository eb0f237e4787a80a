//! The start and the end of a guard's block: the fast path, and the way to the engine where not all is calm.

use std::cell::Cell;
use std::marker::PhantomData;
use std::panic::Location;

use super::{ShutdownProtection, installed};
use crate::blocks::arena;
use crate::blocks::options::Options;
use crate::blocks::slot::{Slot, State};
use crate::engine::owner::ThreadBlock;
use crate::engine::{Engine, GATE};
use crate::error::Interrupted;
use crate::gate::Gate;
use crate::machine::{Ending, Input};
use crate::os;
use crate::time::Time;

impl ShutdownProtection {
    /// Inlined always: in [`start_for`](Self::start_for) all options but the time are known, which halves the
    /// work.
    #[inline(always)]
    pub(crate) fn open(options: &Options, location: &'static Location<'static>) -> Result<Self, Interrupted> {
        // A look at the gate first: where something is pending already, no slot is opened only to be closed again,
        // which would hold up the end each time.
        let Some(arena) = arena::mine() else { return Self::open_slowly(options, location) };
        let Some(calm) = GATE.calm_now() else { return Self::open_slowly(options, location) };
        let (slot, serial) = arena.take();
        slot.open(options, location, serial, calm, Time::now_or_later());
        GATE.light();
        if GATE.still_calm(|| calm) { Ok(Self::of(slot)) } else { Self::started(slot, options) }
    }

    /// The first block of a thread, or not all is calm: the verdict first.
    #[cold]
    fn open_slowly(options: &Options, location: &'static Location<'static>) -> Result<Self, Interrupted> {
        let engine = installed();
        let arena = arena::acquire();
        let (slot, serial) = arena.take();
        let guard = Self::of(slot);
        let open = || slot.open(options, location, serial, Gate::calm(GATE.load()), Time::now());
        match engine.admit(&ThreadBlock(slot), options.regardless, open) {
            Ok(()) => Ok(guard),
            Err(interrupted) => {
                Self::give(slot);
                std::mem::forget(guard);
                Err(interrupted)
            }
        }
    }

    #[inline]
    fn of(slot: &'static Slot) -> Self {
        Self { slot: Cell::new(slot), _owner: PhantomData }
    }

    /// An event came while the block was being opened.
    #[cold]
    fn started(slot: &'static Slot, options: &Options) -> Result<Self, Interrupted> {
        let guard = Self::of(slot);
        let engine = installed();
        match engine.admit(&ThreadBlock(slot), options.regardless, || ()) {
            Ok(()) => Ok(guard),
            Err(interrupted) => {
                slot.free();
                Self::give(slot);
                std::mem::forget(guard);
                engine.refused();
                Err(interrupted)
            }
        }
    }

    /// Ends the block: a normal end, which is a breakpoint too (C10).
    ///
    /// ```
    /// use shutdown_protection::ShutdownProtection;
    ///
    /// let block = ShutdownProtection::start()?;
    /// // ... two steps that belong together
    /// block.finish()?; // a drop would end the process here, if a shutdown is pending
    /// println!("both are done");
    /// # Ok::<(), shutdown_protection::Interrupted>(())
    /// ```
    ///
    /// # Errors
    ///
    /// A shutdown is pending, and no outer block of this thread holds it off.
    #[inline]
    pub fn finish(self) -> Result<(), Interrupted> {
        if !GATE.is_calm(|| self.calm()) {
            // The breakpoint first, with the block open.
            return if self.is_home() { self.allow_break_slowly(false) } else { Ok(()) };
        }
        // As in the drop: first the end, then the look; an event in between is not left to a drop that would end the
        // process.
        let slot = self.slot.get();
        let was = slot.word();
        slot.free();
        GATE.light();
        if GATE.still_calm(|| self.calm()) {
            Self::give(slot);
            std::mem::forget(self);
            return Ok(());
        }
        slot.restore(was);
        if self.is_home() { self.allow_break_slowly(false) } else { Ok(()) }
    }

    /// The block ends by an error of the owner's own (C10): whatever is pending, the program unwinds with it.
    pub(super) fn end_by_own_error(self) {
        if self.slot.get().state() == State::Open {
            self.slot.get().set_state(State::Failed);
        }
    }

    /// The gate's word when all is calm in the process that the slot belongs to.
    #[inline]
    pub(super) fn calm(&self) -> u32 {
        self.slot.get().calm()
    }

    /// Gives a slot back. A guard stays in its thread, so the arena is this thread's; a thread keeps it while a slot of
    /// it is open.
    #[inline]
    pub(super) fn give(slot: &'static Slot) {
        match arena::mine() {
            Some(arena) => arena.give(slot),
            None => arena::give_late(slot),
        }
    }

    pub(super) fn block(&self) -> ThreadBlock {
        ThreadBlock(self.slot.get())
    }

    pub(super) fn is_home(&self) -> bool {
        is_home(self.slot.get())
    }

    /// C23: in the child of a fork the inherited guard becomes a block of the child.
    pub(super) fn come_home(&self) {
        if self.is_home() {
            return;
        }
        let inherited = self.slot.get();
        let Some(location) = inherited.location() else { return };
        installed();
        let arena = arena::acquire();
        let (slot, serial) = arena.take();
        slot.open(&inherited.options(), location, serial, Gate::calm(GATE.load()), Time::now_or_later());
        self.slot.set(slot);
    }
}

fn is_home(slot: &Slot) -> bool {
    Gate::calm(GATE.load()) == slot.calm()
}

/// The guard is dropped where not all is calm.
#[cold]
fn dropped(slot: &'static Slot) {
    if !is_home(slot) {
        // In a forked child (C23), the slot is a dead copy: writing to it harms nobody, but its list is no longer anyone's.
        return slot.free();
    }
    let let_go = || {
        slot.free();
        ShutdownProtection::give(slot);
    };
    // Where the handlers were restored there may be nothing to tell.
    let Some(engine) = Engine::current() else { return let_go() };
    let was = slot.word();
    // Nobody waits for a block that was started late (C12) or has lapsed (C22): its drop goes on.
    let lapsed = slot.deadline(engine.bounds()).is_some_and(|deadline| deadline <= Time::now());
    let how = match State::of(was) {
        State::Failed => Input::Failed { on_main: os::thread::is_main() },
        State::Open if !std::thread::panicking() => Input::Ended(Ending::Quiet),
        _ => Input::Ended(Ending::Unwinding),
    };
    engine.ended(how, Slot::is_late(was) || lapsed, let_go);
}

/// It never takes the guard's own address, so that a guard that is only dropped can live in a register.
impl Drop for ShutdownProtection {
    #[inline]
    fn drop(&mut self) {
        let slot = self.slot.get();
        // First a look with the block open: what has come by now came within it. What comes behind this look may find the
        // block free, and came when it had ended.
        if !GATE.is_calm(|| slot.calm()) {
            return dropped(slot);
        }
        let was = slot.word();
        slot.free();
        GATE.light();
        if GATE.still_calm(|| slot.calm()) {
            Self::give(slot);
        } else {
            slot.restore(was);
            dropped(slot);
        }
    }
}
