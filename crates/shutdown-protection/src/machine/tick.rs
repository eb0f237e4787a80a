//! What the passing of time alone brings, and when: lapses, limits of callbacks, the hard stage (C11, C16, C24).

use super::{Census, Effects, Ending, HupCall, Machine, Phase};
use crate::event::ShutdownEvent;
use crate::time::Time;

impl Machine {
    pub(super) fn tick(&mut self, now: Time, census: Census) -> Effects {
        let mut effects = Effects::default();
        if let HupCall::Running { limit, waiting: true, again } = self.hup {
            if now >= limit {
                // It hangs. Its event goes on without it.
                self.hup = HupCall::Running { limit, waiting: false, again };
                effects = self.event(ShutdownEvent::SigHup, now, census);
            }
        }
        effects.and(match self.phase {
            // A lapse. A block that has vanished before its deadline was just freed by its owner: its `Ended` follows, and
            // says how the program goes on.
            Phase::Pending
                if census.is_none()
                    && (self.held_end.is_some() || self.known.is_none_or(|deadline| deadline <= now)) =>
            {
                self.known = None;
                self.settle(Ending::Unwinding, now, census)
            }
            Phase::Ending { then, limit } if now >= limit => self.conclude(then, now, census),
            Phase::Delivered { since, .. } if census.is_none() && now >= since.plus(self.rules.unwind_time) => {
                self.die()
            }
            _ => Effects::default(),
        })
    }

    /// When the machine wants a [`Input::Tick`], if nothing else happens before.
    pub(crate) fn next_tick(&self, census: Census) -> Option<Time> {
        let hup = match self.hup {
            HupCall::Running { limit, waiting: true, .. } => Some(limit),
            HupCall::Running { limit, .. } if self.held_end.is_some() => Some(limit),
            _ => None,
        };
        let end = match self.phase {
            Phase::Idle | Phase::Dead => None,
            Phase::Pending => census.or(self.known),
            Phase::Ending { limit, .. } => Some(limit),
            Phase::Delivered { since, .. } => Some(census.unwrap_or_else(|| since.plus(self.rules.unwind_time))),
        };
        [hup, end].into_iter().flatten().min()
    }
}
