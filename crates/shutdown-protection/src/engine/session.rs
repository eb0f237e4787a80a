//! A stay under the engine's lock: take the events first, do something, leave what is due to those who do it.

#[cfg(windows)]
use std::sync::TryLockError;
use std::sync::{Arc, MutexGuard, PoisonError};
use std::time::Duration;

use super::{Core, DOORBELL, Engine, WAITERS, guests_wait};
use crate::machine::{Effects, Input};
use crate::time::Time;
use crate::{callback, guests};

pub(crate) struct Session {
    engine: &'static Engine,
    core: MutexGuard<'static, Core>,
}

impl Engine {
    /// Takes the lock and the events that have come.
    pub(crate) fn session(&'static self) -> Session {
        let mut core = self.lock();
        core.drain();
        Session { engine: self, core }
    }

    /// Takes the events that have come: before a block ends, in which they came.
    pub(crate) fn take_events(&'static self) {
        self.session().finish();
    }

    /// As [`session`](Self::session), where the lock may never be given back: the other threads are gone.
    #[cfg(windows)]
    pub(crate) fn session_if_free(&'static self) -> Option<Session> {
        let mut core = match self.core.try_lock() {
            Ok(core) => core,
            Err(TryLockError::Poisoned(core)) => core.into_inner(),
            Err(TryLockError::WouldBlock) => return None,
        };
        core.drain();
        Some(Session { engine: self, core })
    }
}

impl Session {
    pub(crate) fn core(&mut self) -> &mut Core {
        &mut self.core
    }

    /// Feeds the machine, now.
    pub(crate) fn feed(&mut self, input: Input) {
        let was_pending = self.core.machine.is_pending();
        self.core.step(input, Time::now());
        self.core.unrung |= !was_pending && self.core.machine.is_pending();
    }

    /// Sleeps without the lock until something changes, or for `limit`.
    pub(crate) fn wait(self, limit: Duration) -> Self {
        let engine = self.engine;
        let mut core = self.hand_over();
        core.waiting += 1;
        let (mut core, _) = engine.changed.wait_timeout(core, limit).unwrap_or_else(PoisonError::into_inner);
        core.waiting -= 1;
        core.drain();
        Self { engine, core }
    }

    /// Tells those who wait in a blocking way, if there is something to tell: a waiter must not wake another by waiting.
    pub(crate) fn tell(&mut self) {
        if std::mem::take(&mut self.core.news) && self.core.waiting > 0 {
            self.engine.changed.notify_all();
        }
        // For what came out of the mailbox, its handler rings.
        if std::mem::take(&mut self.core.unrung) {
            WAITERS.ring();
        }
    }

    /// Rings for what the supervisor has to do, and tells those who wait. (Guests need no ring: whoever
    /// ends a block looks for them.)
    fn hand_over(mut self) -> MutexGuard<'static, Core> {
        self.tell();
        let core = &*self.core;
        let earlier = match (core.machine.next_tick(core.holds), core.planned) {
            (Some(next), Some(planned)) => next < planned,
            (next, _) => next.is_some(),
        };
        let due = earlier || core.effects != Effects::default() || !core.newcomers.is_empty();
        // Whoever reacts to an event leaves the ring to its handler: to wake the supervisor may take longer than all the rest.
        if due && !core.rung {
            DOORBELL.ring();
        }
        if self.core.for_main.wake() {
            DOORBELL.ring();
        }
        self.core
    }

    /// Leaves. The supervisor does what is due; an end without a callback is done here.
    pub(crate) fn finish(self) {
        let engine = self.engine;
        let die = self.core.effects.die;
        drop(self.hand_over());
        if let Some(event) = die {
            engine.die(event);
        }
    }

    /// Leaves, and carries out in this thread what the end of a block or a request asks for:
    /// `before_termination`, and the end.
    pub(crate) fn finish_here(mut self) {
        let engine = self.engine;
        let call = std::mem::take(&mut self.core.effects.call_before_termination);
        let settings = call.then(|| Arc::clone(&self.core.settings));
        self.finish();
        if let Some(settings) = settings {
            callback::before_termination(&settings);
            engine.callback_done(Input::TerminationDone);
        }
    }

    /// The guests whose turn it is (C27). `broken`: the main thread is at a breakpoint, which is their turn.
    pub(crate) fn release_guests(&mut self, broken: bool) -> guests::Release {
        if guests_wait() { guests::due(Time::now(), broken) } else { guests::Release::default() }
    }
}
