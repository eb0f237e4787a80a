//! What the owner of a block does when the gate is not calm: under the lock, and by the machine's verdict.

use std::sync::Arc;

use super::{DOORBELL, Engine, Session, told};
use crate::blocks::arena;
use crate::blocks::census::{held_by_others, nest_in_thread};
use crate::blocks::owners::Owners;
use crate::blocks::slot::{Slot, State};
use crate::error::Interrupted;
use crate::future::AsyncBlock;
use crate::machine::{Bounds, Ending, Input, Nest, Verdict};
use crate::time::Time;
use crate::{callback, future, os};

/// An owner's block, as far as the engine asks about it.
pub(crate) trait Owned {
    fn slot(&self) -> &'static Slot;
    /// Where it stands among its owner's blocks.
    fn nest(&self, now: Time, bounds: Option<Bounds>, owners: &mut Owners) -> Nest;
    /// Is the owner the main thread itself, outside of any future? It waits for the others (C18).
    fn waits_for_others(&self) -> bool;
    /// A number for the owner, which is not given again.
    fn owner(&self) -> u64;
    /// Is its breakpoint the turn of the guests (C27)?
    fn is_guests_turn(&self) -> bool {
        self.waits_for_others()
    }
}

/// The block of a guard.
#[derive(Clone, Copy)]
pub(crate) struct ThreadBlock(pub(crate) &'static Slot);

impl Owned for ThreadBlock {
    fn slot(&self) -> &'static Slot {
        self.0
    }

    fn nest(&self, now: Time, bounds: Option<Bounds>, _: &mut Owners) -> Nest {
        let nest = nest_in_thread(Some(self.0), now, bounds);
        // Within a poll of a protected future, that future's block is around this one.
        future::around(nest, now, bounds)
    }

    fn owner(&self) -> u64 {
        told::this_thread()
    }

    fn waits_for_others(&self) -> bool {
        !future::is_polled_here() && os::thread::is_main()
    }
}

impl Engine {
    /// C12: may this block start? Then `open` opens its slot under the lock; or it is open already, since an
    /// event came meanwhile, and on `Err` the caller frees it and calls [`refused`](Self::refused).
    pub(crate) fn admit(
        &'static self,
        block: &impl Owned,
        regardless: bool,
        open: impl FnOnce(),
    ) -> Result<(), Interrupted> {
        let mut session = self.session();
        let core = session.core();
        let bounds = core.bounds();
        let nest = block.nest(Time::now(), bounds, &mut core.owners);
        let verdict = core.machine.at_start(nest, regardless || callback::starts_regardless());
        if let Verdict::Interrupt(interrupted) = verdict {
            core.interrupted.insert(block.owner());
            session.finish();
            if block.waits_for_others() {
                self.wait_for_others();
            }
            return Err(interrupted);
        }
        open();
        if let Some(arena) = arena::mine_or_left() {
            core.owners.add(arena, block.slot());
        }
        if verdict == Verdict::Hold {
            block.slot().set_late();
        }
        let admitted = session.leave_with(verdict);
        look_at_deadlines(bounds);
        admitted
    }

    /// C18: until no block of another owner holds the end.
    fn wait_for_others(&'static self) {
        // Who waits was told: what ends meanwhile does not end the process under it.
        self.lock().told_and_waiting += 1;
        self.wait_while(Time::NEVER, |core, now| held_by_others(now, core.bounds()?));
        self.lock().told_and_waiting -= 1;
    }

    /// The block that [`admit`](Self::admit) refused is gone: it may have been taken for one that holds the
    /// end.
    pub(crate) fn refused(&'static self) {
        let mut session = self.session();
        session.feed(Input::Ended(Ending::Unwinding));
        session.finish();
    }

    /// C9, C10, C13: a breakpoint, or a normal end.
    pub(crate) fn breakpoint(&'static self, block: &impl Owned, renew: bool) -> Result<(), Interrupted> {
        let mut session = self.session();
        let now = Time::now();
        let core = session.core();
        let nest = block.nest(now, core.bounds(), &mut core.owners);
        let verdict = core.machine.at_break(nest, now);
        if verdict == Verdict::Calm {
            if renew {
                block.slot().renew(now);
            }
            // C27: a breakpoint of the main thread is its guests' turn.
            let broken = !nest.outer_holds && block.is_guests_turn();
            let release = session.release_guests(broken);
            session.finish();
            release.send();
            return Ok(());
        }
        self.interrupt(session, block, verdict)
    }

    /// C11: is the owner's time up?
    pub(crate) fn deadline(&'static self, block: &impl Owned) -> Result<(), Interrupted> {
        let mut session = self.session();
        let now = Time::now();
        let core = session.core();
        let nest = block.nest(now, core.bounds(), &mut core.owners);
        let verdict = core.machine.at_deadline(nest, now);
        self.interrupt(session, block, verdict)
    }

    /// A breakpoint of an owner without a block.
    pub(crate) fn outside(&'static self) -> Result<(), Interrupted> {
        let mut session = self.session();
        let verdict = session.core().machine.at_start(Nest::default(), callback::starts_regardless());
        session.leave_with(verdict)
    }

    /// The supervisor is to look at a future's deadline: its block started while a shutdown was pending, or may have
    /// been, or its deadline may have become an earlier one.
    pub(crate) fn watch(&'static self, block: Arc<AsyncBlock>) {
        let mut session = self.session();
        if session.core().machine.is_pending() {
            session.core().newcomers.push(block);
        }
        session.finish();
    }

    /// Tells the owner. The main thread first waits for the blocks of the others (C18); its own counts as
    /// open meanwhile (C17).
    fn interrupt(&'static self, mut session: Session, block: &impl Owned, verdict: Verdict) -> Result<(), Interrupted> {
        if matches!(verdict, Verdict::Interrupt(_)) {
            if block.slot().state() == State::Open {
                block.slot().set_state(State::Interrupted);
                session.core().interrupted.insert(block.owner());
            }
            if block.waits_for_others() {
                session.finish();
                self.wait_for_others();
                return verdict.into_result();
            }
        }
        session.leave_with(verdict)
    }

    /// Renews, from now, by the exact clock.
    pub(crate) fn renew(&'static self, block: &impl Owned) {
        let mut session = self.session();
        block.slot().renew(Time::now());
        let bounds = session.core().bounds();
        session.core().news = true;
        session.feed(Input::Tick);
        session.finish();
        look_at_deadlines(bounds);
    }

    /// A block ends, as `input` says: `let_go` frees its slot, if that is not free yet. What has come by now came within the
    /// block: who ends it by an error or an exit is not to meet that as if no block had been open (C3). `idle`: it held
    /// nothing back.
    pub(crate) fn ended(&'static self, input: Input, idle: bool, let_go: impl FnOnce()) {
        let mut session = self.session();
        let_go();
        let release = session.release_guests(false);
        session.feed(input);
        let mut ends_here = input == Input::Ended(Ending::Quiet) && !callback::is_here();
        if callback::may_run_here() {
            session.finish_here();
        } else {
            session.finish();
            ends_here = false;
        }
        if !self.is_home() {
            // The callback has forked: what has come is the parent's (C23).
            return;
        }
        release.send();
        if ends_here && !idle {
            // C17: this guard, or one that ended with it, ends the process. What is behind the block must not run, unless
            // the shutdown is cancelled or goes on to unwind.
            self.wait_while(Time::NEVER, |core, _| core.machine.ends_quietly().then_some(Time::NEVER));
        }
    }
}

impl Session {
    fn leave_with(self, verdict: Verdict) -> Result<(), Interrupted> {
        self.finish();
        verdict.into_result()
    }
}

impl Verdict {
    fn into_result(self) -> Result<(), Interrupted> {
        match self {
            Self::Calm | Self::Hold => Ok(()),
            Self::Interrupt(interrupted) => Err(interrupted),
        }
    }
}

/// C11: with a shutdown pending, a block has a deadline that it had not before. The supervisor sleeps until the next one that it knows
/// of, which may be later: of a block that holds the end longer.
fn look_at_deadlines(bounds: Option<Bounds>) {
    if bounds.is_some() {
        DOORBELL.ring();
    }
}
