//! C6: `SIGHUP` calls `before_hup` first; what the event does comes behind the call.

use super::{Census, Effects, Ending, HupCall, Machine};
use crate::event::ShutdownEvent;
use crate::time::Time;

impl Machine {
    /// C6: `before_hup` first, then what the event does.
    pub(super) fn hangup(&mut self, now: Time, census: Census) -> Effects {
        if !self.rules.before_hup {
            return if self.rules.terminate_on_hup {
                self.event(ShutdownEvent::SigHup, now, census)
            } else {
                Effects::default()
            };
        }
        let waiting = self.rules.terminate_on_hup;
        if let HupCall::Running { waiting: already, again, .. } = &mut self.hup {
            *already |= waiting;
            *again = true;
            return Effects::default();
        }
        self.hup = HupCall::Running { limit: now.plus(self.rules.callback_time), waiting, again: false };
        Effects { call_before_hup: true, ..Effects::default() }
    }

    pub(super) fn hup_done(&mut self, now: Time, census: Census) -> Effects {
        let HupCall::Running { waiting, again, limit } = self.hup else {
            return Effects::default();
        };
        let call = Effects { call_before_hup: again, ..Effects::default() };
        self.hup = if again {
            // A SIGHUP that came during the call is called for, too. The limit stays: it bounds the end.
            HupCall::Running { limit, waiting: false, again: false }
        } else {
            HupCall::No
        };
        call.and(if waiting {
            self.event(ShutdownEvent::SigHup, now, census)
        } else {
            self.settle(Ending::Quiet, now, census)
        })
    }

    pub(super) fn hup_holds(&self, now: Time) -> bool {
        matches!(self.hup, HupCall::Running { limit, .. } if now < limit)
    }
}
