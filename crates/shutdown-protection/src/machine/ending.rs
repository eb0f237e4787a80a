//! How the end comes: what holds it, `before_termination`, the delivery, and the time to unwind (C5, C15, C16, C24).

use super::{Census, Effects, Ending, Machine, Phase};
use crate::event::ShutdownEvent;
use crate::time::{Span, Time};

impl Machine {
    /// C5: the process ends now, blocks or not. A `before_termination` that has not been called yet gets
    /// `unwind_time`; one that runs already has had its time.
    pub(super) fn force(&mut self, event: ShutdownEvent, now: Time, census: Census) -> Effects {
        if self.rules.raises {
            return self.force_raising(event, now, census);
        }
        let again = std::mem::replace(&mut self.forced, true);
        if again || self.called || !self.rules.before_termination {
            return self.die();
        }
        self.call_before_termination(Ending::Quiet, now, self.rules.unwind_time)
    }

    /// C15: the end, if nothing holds it any more.
    pub(super) fn settle(&mut self, how: Ending, now: Time, census: Census) -> Effects {
        if self.phase != Phase::Pending || census.holds.is_some() || self.first == Some(ShutdownEvent::Exit) {
            return Effects::default();
        }
        let how = self.as_it_stands(how, census);
        if self.hup_holds(now) {
            self.held_end.get_or_insert(how);
            return Effects::default();
        }
        let how = self.held_end.take().unwrap_or(how);
        let how = self.as_it_stands(how, census);
        if self.rules.before_termination && !self.called {
            return self.call_before_termination(how, now, self.callback_limit());
        }
        self.deliver(how, now, census)
    }

    /// A quiet end would cut off who unwinds already: an owner that was told and has not let go of its block yet (C17), and
    /// the exit functions of a program that exits (C28). Python's program always unwinds.
    fn as_it_stands(&self, how: Ending, census: Census) -> Ending {
        if self.exiting || self.rules.raises || census.someone_told { Ending::Unwinding } else { how }
    }

    /// `before_termination` is over. A block that was started meanwhile all the same (C12) is not torn by a
    /// quiet end.
    pub(super) fn conclude(&mut self, then: Ending, now: Time, census: Census) -> Effects {
        if self.forced {
            return self.deliver(then, now, census);
        }
        let then = self.as_it_stands(then, census);
        if then == Ending::Quiet && census.holds.is_some() {
            self.phase = Phase::Pending;
            return Effects::default();
        }
        self.deliver(then, now, census)
    }

    pub(super) fn call_before_termination(&mut self, then: Ending, now: Time, limit: Span) -> Effects {
        self.called = true;
        self.held_end = None;
        let (limit, last_start) = (now.plus(limit), now.plus(self.rules.callback_time));
        self.phase = Phase::Ending { then, limit, held: None, last_start };
        Effects { call_before_termination: true, ..Effects::default() }
    }

    pub(super) fn deliver(&mut self, how: Ending, now: Time, census: Census) -> Effects {
        self.held_end = None;
        match how {
            Ending::Quiet => self.die(),
            Ending::Unwinding => {
                let last_start = now.plus(self.rules.callback_time);
                self.phase = Phase::Delivered { since: now, held: census.holds, last_start };
                self.tell()
            }
        }
    }

    pub(super) fn die(&mut self) -> Effects {
        self.phase = Phase::Dead;
        Effects { die: Some(self.status_event()), ..Effects::default() }
    }

    /// Until when `before_termination` is waited for.
    pub(super) fn ending_limit(&self, limit: Time) -> Time {
        let system = self.callback_until();
        if self.leaves_callback_to_another() && system != Time::NEVER { system } else { limit.min(system) }
    }

    /// C24: when what was told `since` then has had its time to unwind.
    pub(super) fn hard_stage(&self, since: Time) -> Time {
        since.plus(self.rules.unwind_time).min(self.ended_by())
    }

    /// The time to unwind runs from the last moment at which a block held the end.
    pub(super) fn note_held(&mut self, now: Time, census: Census, ended: bool) {
        // C5: blocks or not.
        let in_callback = self.unwinds_in_callback() && !self.forced;
        let (Phase::Delivered { held, .. } | Phase::Ending { held, .. }) = &mut self.phase else { return };
        let former = std::mem::replace(held, census.holds);
        let Some(deadline) = former.filter(|_| census.holds.is_none()) else { return };
        let over = if ended { now } else { deadline.min(now) };
        match &mut self.phase {
            Phase::Delivered { since, .. } => *since = (*since).max(over),
            Phase::Ending { limit, .. } if in_callback => *limit = (*limit).max(over.plus(self.rules.unwind_time)),
            _ => {}
        }
    }
}
