//! What the engine's lock guards: the machine, and what it needs to take a step.

use std::sync::Arc;

use super::told::ToldOwners;
use super::{GATE, MAILBOX};
use crate::blocks::arena::{self, Arena};
use crate::blocks::census::{Witness, someone_unwinds};
use crate::blocks::owners::Owners;
use crate::blocks::slot::State;
use crate::config::Settings;
use crate::face::ForMain;
use crate::future::AsyncBlock;
use crate::gate::{ATTENTION, PENDING, REQUESTED};
use crate::machine::{Arrival, Bounds, Census, Effects, Holding, Input, Machine};
use crate::mailbox::Letter;
use crate::os;
use crate::time::{Span, Time};

pub(crate) struct Core {
    pub(crate) machine: Machine,
    pub(crate) settings: Arc<Settings>,
    witness: Witness,
    /// Whose the open blocks are, while a shutdown is pending.
    pub(crate) owners: Owners,
    /// When the pending shutdown began: drain times run from it.
    pub(super) first_at: Option<Time>,
    /// What nobody has carried out yet.
    pub(super) effects: Effects,
    pub(super) interrupted: ToldOwners,
    /// Futures that started their blocks while a shutdown was pending: the supervisor watches their
    /// deadlines.
    pub(super) newcomers: Vec<Arc<AsyncBlock>>,
    /// When the supervisor will look next, if nobody rings.
    pub(super) planned: Option<Time>,
    /// The deadline of a block that held the end at the last step.
    pub(super) holds: Option<Time>,
    /// Threads that were told to stop, and wait for the others first (C18).
    pub(super) told_and_waiting: usize,
    /// Threads that wait for a change. To tell nobody costs a system call, too.
    pub(super) waiting: usize,
    /// Something happened that someone may wait for: [`Session::tell`].
    pub(super) news: bool,
    /// The supervisor is on its way: events were taken out since it last looked, and the handler that put one in rings
    /// behind that. Had it heard that ring when it last looked, it would have taken the event itself.
    pub(super) rung: bool,
    /// A shutdown has become pending without a signal, so no handler has rung for it.
    pub(super) unrung: bool,
    /// What the main thread has to do, where a face runs it there.
    pub(crate) for_main: ForMain,
}

impl Core {
    pub(super) fn new(settings: Settings) -> Self {
        Self {
            machine: Machine::new(settings.rules()),
            settings: Arc::new(settings),
            witness: Witness::new(),
            owners: Owners::default(),
            first_at: None,
            effects: Effects::default(),
            interrupted: ToldOwners::default(),
            newcomers: Vec::new(),
            planned: None,
            holds: None,
            told_and_waiting: 0,
            waiting: 0,
            news: false,
            rung: false,
            unrung: false,
            for_main: ForMain::default(),
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
            let limit = self.machine.limit_behind(input, at);
            let census = self.census(Bounds { first_at, limit }, self.machine.holding_behind(input));
            self.holds = census.holds;
            // Whoever comes to wait behind this looks first.
            let before = (self.waiting > 0).then(|| self.machine.clone());
            let effects = self.machine.step(input, at, census);
            self.news |= before.is_some_and(|before| input.is_an_end() || self.machine != before);
            self.effects = self.effects.and(effects);
            self.for_main.take_over(&mut self.effects);
        }
        if !self.machine.is_pending() {
            self.first_at = None;
            self.owners.forget();
            self.holds = None;
            GATE.lower(PENDING | REQUESTED);
        } else if !self.machine.ends_quietly() && GATE.load() & REQUESTED == 0 {
            // Behind the barrier and the census: whoever sees it may act on it. Where the process ends at once, nobody
            // is to (C3).
            GATE.raise(REQUESTED);
        }
    }

    fn census(&mut self, bounds: Bounds, holding: Holding) -> Census {
        let holds = self.witness.holds(Time::now(), bounds, holding);
        let told = || self.told_and_waiting > 0 || !self.interrupted.is_empty() && someone_unwinds();
        Census { holds, someone_told: holds.is_none() && told() }
    }

    /// Takes the events out of the mailbox.
    pub(super) fn drain(&mut self) {
        if GATE.load() & ATTENTION == 0 {
            return;
        }
        // While the events are in our hands, neither in the mailbox nor in the machine, this flag stands for them: an owner
        // that looks now has to come to the lock. Then the other flag, before the look into the mailbox: an event that
        // comes behind this line raises it again.
        GATE.raise(PENDING);
        GATE.lower(ATTENTION);
        for Letter { at, event, window } in MAILBOX.take().iter() {
            self.rung = true;
            let grant = os::grant::of(event, window).map(Span::from);
            self.step(Input::Event(Arrival { event, window, grant }), at);
        }
        if !self.machine.is_pending() {
            GATE.lower(PENDING | REQUESTED);
        }
    }

    /// After a cancelled shutdown: nothing is pending, and the owners that had been told to stop go on.
    pub(super) fn forget(&mut self) {
        let told = if !self.interrupted.is_empty() { Some(arena::all().flat_map(Arena::slots)) } else { None };
        for slot in told.into_iter().flatten().filter(|slot| slot.state() == State::Interrupted) {
            // By their owners, slots change without the lock only from open to free; this one's owner may be ending it
            // just now.
            slot.reopen();
        }
        self.first_at = None;
        self.owners.forget();
        self.holds = None;
        // A SIGHUP that came is called for all the same; the machine waits for it.
        self.effects = Effects { call_before_hup: self.effects.call_before_hup, ..Effects::default() };
        self.for_main.forget();
        self.news = true;
        self.interrupted.clear();
        GATE.lower(PENDING | REQUESTED);
    }

    /// These owners are interrupted from outside.
    pub(crate) fn note_interrupted(&mut self, owners: impl Iterator<Item = u64>) {
        owners.for_each(|owner| self.interrupted.insert(owner));
    }

    /// After an end that was handled: nobody of it is counted any more.
    pub(crate) fn forget_interrupted(&mut self) {
        self.interrupted.clear();
    }

    /// When the machine wants to be asked again.
    pub(crate) fn next_tick(&self) -> Option<Time> {
        self.machine.next_tick(self.holds)
    }

    /// What the pending shutdown does to deadlines.
    pub(crate) fn bounds(&self) -> Option<Bounds> {
        self.first_at.map(|first_at| Bounds { first_at, limit: self.machine.limit() })
    }
}

#[cfg(test)]
mod tests {
    use std::panic::Location;

    use super::*;
    use crate::blocks::options::Options;
    use crate::event::ShutdownEvent;

    /// Whatever other tests have open meanwhile has lapsed, or has more time than the limit leaves.
    #[test]
    fn c21_what_the_system_grants_with_an_event_counts_for_the_blocks_that_it_finds_open() {
        std::thread::spawn(|| {
            let arena = arena::acquire();
            let (slot, serial) = arena.take();
            let options = Options { budget: Span::from_millis(90_000), drain: false, regardless: false, name: None };
            slot.open(&options, Location::caller(), serial, 0, Time::now_or_later());
            let mut core = Core::new(Settings::default());
            let at = Time::now();
            let arrival = Arrival { grant: Some(Span::from_millis(5000)), ..ShutdownEvent::CtrlClose.into() };
            core.step(Input::Event(arrival), at);
            let limit = at.plus(Span::from_millis(4500));
            assert_eq!((core.holds, core.next_tick()), (Some(limit), Some(limit)));
            assert_eq!(core.bounds(), Some(Bounds { first_at: at, limit }));
            core.forget();
            slot.free();
            arena.give(slot);
        })
        .join()
        .unwrap();
    }
}
