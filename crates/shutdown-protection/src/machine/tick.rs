//! What the passing of time alone brings, and when: lapses, limits of callbacks, the hard stage (C11, C16, C24).

use super::{Census, Effects, Ending, Machine, Phase};
use crate::event::ShutdownEvent;
use crate::time::Time;

impl Machine {
    pub(super) fn tick(&mut self, now: Time, census: Census) -> Effects {
        let mut effects = Effects::default();
        if self.hup_event_by().is_some_and(|limit| now >= limit) {
            // It hangs. Its event goes on without it.
            self.hup = self.hup.without_event();
            effects = self.event(ShutdownEvent::SigHup.into(), now, census);
            if effects.call_before_termination {
                // Its limit may have passed already (C21); it is called all the same.
                return effects;
            }
        }
        effects.and(match self.phase {
            // A lapse. A block that has vanished before its deadline was just freed by its owner: its `Ended` follows, and
            // says how the program goes on.
            Phase::Pending
                if census.holds.is_none()
                    && (self.held_end.is_some() || self.known.is_none_or(|deadline| deadline <= now)) =>
            {
                self.known = None;
                self.settle(Ending::Unwinding, now, census)
            }
            Phase::Ending { limit, .. } if now >= self.ending_limit(limit) && self.ends_with_callback(now) => {
                // C12: a block that was started in the callback has its time.
                if census.holds.is_some() && !self.forced { Effects::default() } else { self.die() }
            }
            Phase::Ending { then, limit, .. } if now >= self.ending_limit(limit) => self.conclude(then, now, census),
            Phase::Delivered { since, .. } if census.holds.is_none() && now >= self.hard_stage(since) => self.die(),
            _ => Effects::default(),
        })
    }

    /// When the machine wants a [`Input::Tick`](super::Input::Tick), if nothing else happens before. `holds`: as in [`Census`].
    pub(crate) fn next_tick(&self, holds: Option<Time>) -> Option<Time> {
        let hup = if self.held_end.is_some() { self.hup_limit() } else { self.hup_event_by() };
        let end = match self.phase {
            Phase::Dead => return None,
            Phase::Idle => None,
            Phase::Pending => holds.or(self.known),
            Phase::Ending { limit, .. } => {
                let limit = self.ending_limit(limit);
                let held = holds.filter(|_| self.ends_with_callback(limit) && !self.forced);
                Some(held.map_or(limit, |deadline| deadline.max(limit)))
            }
            Phase::Delivered { since, .. } => Some(holds.unwrap_or_else(|| self.hard_stage(since))),
        };
        [hup, end].into_iter().flatten().min()
    }
}
