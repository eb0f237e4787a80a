//! How the end comes: what holds it, `before_termination`, the delivery, and the time to unwind (C5, C15, C16, C24).

use super::{Census, Effects, Ending, Machine, Phase};
use crate::event::ShutdownEvent;
use crate::time::Time;

impl Machine {
    /// C5: the process ends now, blocks or not. A `before_termination` that has not been called yet gets
    /// `unwind_time`; one that runs already has had its time.
    pub(super) fn force(&mut self, now: Time, census: Census) -> Effects {
        if self.rules.raises {
            return self.force_raising(now, census);
        }
        let again = std::mem::replace(&mut self.forced, true);
        if again || self.called || !self.rules.before_termination {
            return self.die();
        }
        self.call_before_termination(Ending::Quiet, now.plus(self.rules.unwind_time))
    }

    /// C15: the end, if nothing holds it any more.
    pub(super) fn settle(&mut self, how: Ending, now: Time, census: Census) -> Effects {
        if self.phase != Phase::Pending || census.is_some() || self.first == Some(ShutdownEvent::Exit) {
            return Effects::default();
        }
        if self.hup_holds(now) {
            self.held_end.get_or_insert(how);
            return Effects::default();
        }
        let how = self.held_end.take().unwrap_or(how);
        // C28: while the program exits, its exit functions run on.
        let how = if self.exiting || self.rules.raises { Ending::Unwinding } else { how };
        if self.rules.before_termination && !self.called {
            return self.call_before_termination(how, now.plus(self.rules.callback_time));
        }
        self.deliver(how, now, census)
    }

    /// `before_termination` is over. A block that was started meanwhile all the same (C12) is not torn by a
    /// quiet end.
    pub(super) fn conclude(&mut self, then: Ending, now: Time, census: Census) -> Effects {
        if then == Ending::Quiet && census.is_some() && !self.forced {
            self.phase = Phase::Pending;
            return Effects::default();
        }
        self.deliver(then, now, census)
    }

    pub(super) fn call_before_termination(&mut self, then: Ending, limit: Time) -> Effects {
        self.called = true;
        self.held_end = None;
        self.phase = Phase::Ending { then, limit };
        Effects { call_before_termination: true, ..Effects::default() }
    }

    pub(super) fn deliver(&mut self, how: Ending, now: Time, census: Census) -> Effects {
        match how {
            Ending::Quiet => self.die(),
            Ending::Unwinding => {
                self.phase = Phase::Delivered { since: now, held: census };
                self.tell()
            }
        }
    }

    pub(super) fn die(&mut self) -> Effects {
        self.phase = Phase::Dead;
        self.held_end = None;
        Effects { die: Some(self.status_event()), ..Effects::default() }
    }

    /// The time to unwind runs from the last moment at which a block was open.
    pub(super) fn note_held(&mut self, now: Time, census: Census, ended: bool) {
        if let Phase::Delivered { since, held } = &mut self.phase {
            match (census, *held) {
                (Some(deadline), _) => *held = Some(deadline),
                (None, Some(deadline)) => {
                    let over = if ended { now } else { deadline.min(now) };
                    *since = (*since).max(over);
                    *held = None;
                }
                (None, None) => {}
            }
        }
    }
}
