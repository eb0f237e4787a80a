//! What the engine's lock guards: the machine, and what it needs to take a step.

use std::sync::Arc;

use super::{GATE, MAILBOX};
use crate::blocks::arena::{self, Arena};
use crate::blocks::census::Witness;
use crate::blocks::slot::State;
use crate::config::Settings;
use crate::future::AsyncBlock;
use crate::gate::{ATTENTION, PENDING, REQUESTED};
use crate::machine::{Census, Effects, Input, Machine};
use crate::time::Time;

pub(crate) struct Core {
    pub(crate) machine: Machine,
    pub(crate) settings: Arc<Settings>,
    witness: Witness,
    /// When the pending shutdown began: drain times run from it.
    pub(super) first_at: Option<Time>,
    /// What nobody has carried out yet.
    pub(super) effects: Effects,
    /// Owners that were interrupted in this shutdown.
    pub(super) interrupted: usize,
    /// An owner ended its block with an error of its own while a shutdown was pending: that status is kept
    /// (C19).
    pub(super) own_error: bool,
    /// Futures that started their blocks while a shutdown was pending: the supervisor watches their
    /// deadlines.
    pub(super) newcomers: Vec<Arc<AsyncBlock>>,
    /// When the supervisor will look next, if nobody rings.
    pub(super) planned: Option<Time>,
    /// The census at the last step.
    pub(super) census: Census,
    /// Threads that were told to stop, and wait for the others first (C18).
    pub(super) told_and_waiting: usize,
    /// Something happened that someone may wait for: [`Session::tell`].
    pub(super) news: bool,
    /// The supervisor is on its way: events were taken out since it last looked, and the handler that put one in rings
    /// behind that. Had it heard that ring when it last looked, it would have taken the event itself.
    pub(super) rung: bool,
    /// A shutdown has become pending without a signal, so no handler has rung for it.
    pub(super) unrung: bool,
}

impl Core {
    pub(super) fn new(settings: Settings) -> Self {
        Self {
            machine: Machine::new(settings.rules()),
            settings: Arc::new(settings),
            witness: Witness::new(),
            first_at: None,
            effects: Effects::default(),
            interrupted: 0,
            own_error: false,
            newcomers: Vec::new(),
            planned: None,
            census: None,
            told_and_waiting: 0,
            news: false,
            rung: false,
            unrung: false,
        }
    }

    /// Feeds the machine. `at`: the time of the input; the census is of this instant.
    pub(super) fn step(&mut self, input: Input, at: Time) {
        let was_idle = self.first_at.is_none();
        let first_at = *self.first_at.get_or_insert(at);
        // Only a tick of an idle machine that waits for nothing cannot begin a shutdown.
        if !was_idle || input != Input::Tick || self.machine.next_tick(None).is_some() {
            if was_idle {
                // The gate first, then the look at the slots: see `gate`.
                GATE.raise(PENDING);
                GATE.heavy();
            }
            self.census = self.witness.census(Time::now(), first_at);
            let before = self.machine.clone();
            let effects = self.machine.step(input, at, self.census);
            self.news |= matches!(input, Input::Ended(_)) || self.machine != before;
            self.effects = self.effects.and(effects);
        }
        if !self.machine.is_pending() {
            self.first_at = None;
            self.census = None;
            GATE.lower(PENDING | REQUESTED);
        } else if !self.machine.ends_quietly() && GATE.load() & REQUESTED == 0 {
            // Behind the barrier and the census: whoever sees it may act on it. Where the process ends at once, nobody
            // is to (C3).
            GATE.raise(REQUESTED);
        }
    }

    /// Takes the events out of the mailbox.
    pub(super) fn drain(&mut self) {
        if GATE.load() & ATTENTION == 0 {
            return;
        }
        // The flag first: an event that comes behind this line raises it again.
        GATE.lower(ATTENTION);
        for (at, event) in MAILBOX.take().iter() {
            self.rung = true;
            self.step(Input::Event(event), at);
        }
    }

    /// After a cancelled shutdown: nothing is pending, and the owners that had been told to stop go on.
    pub(super) fn forget(&mut self) {
        let told = if self.interrupted > 0 { Some(arena::all().flat_map(Arena::slots)) } else { None };
        for slot in told.into_iter().flatten().filter(|slot| slot.state() == State::Interrupted) {
            // By their owners, slots change without the lock only from open to free; this one's owner may be ending it
            // just now.
            slot.reopen();
        }
        self.first_at = None;
        self.census = None;
        // A SIGHUP that came is called for all the same; the machine waits for it.
        self.effects = Effects { call_before_hup: self.effects.call_before_hup, ..Effects::default() };
        self.news = true;
        self.interrupted = 0;
        self.own_error = false;
        GATE.lower(PENDING | REQUESTED);
    }

    /// When the pending shutdown began.
    pub(crate) fn first_at(&self) -> Option<Time> {
        self.first_at
    }

    pub(crate) fn own_error(&self) -> bool {
        self.own_error
    }

    pub(crate) fn note_own_error(&mut self) {
        self.own_error = true;
    }
}
