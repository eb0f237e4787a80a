//! C6: `SIGHUP` calls `before_hup` first; what the event does comes behind the call.

use super::{Census, Effects, Ending, Machine};
use crate::event::ShutdownEvent;
use crate::time::Time;

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum HupCall {
    No,
    /// `before_hup` runs, and holds the end until `limit` at the most. `event`: what it was called for follows, at
    /// `limit` at the latest.
    Running {
        limit: Time,
        event: bool,
        again: Again,
    },
}

/// What came while `before_hup` ran.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Again {
    No,
    /// It is called once more.
    Call,
    /// It is called once more, and only then the event follows: the call that runs was not for this shutdown.
    CallAndEvent,
}

impl Machine {
    /// C6: `before_hup` first, then what the event does.
    pub(super) fn hangup(&mut self, now: Time, census: Census) -> Effects {
        let terminate = self.rules.terminate_on_hup;
        if !self.rules.before_hup {
            return if terminate { self.event(ShutdownEvent::SigHup.into(), now, census) } else { Effects::default() };
        }
        // One after the first changes nothing (C2), and is only called for.
        let first = terminate && self.is_attempt(ShutdownEvent::SigHup.into(), now);
        match &mut self.hup {
            HupCall::No => {
                let limit = now.plus(self.rules.callback_time);
                self.hup = HupCall::Running { limit, event: first, again: Again::No };
                Effects { call_before_hup: true, ..Effects::default() }
            }
            HupCall::Running { event, again, .. } => {
                if first && !*event {
                    *again = Again::CallAndEvent;
                } else if *again == Again::No {
                    *again = Again::Call;
                }
                Effects::default()
            }
        }
    }

    pub(super) fn hup_done(&mut self, now: Time, census: Census) -> Effects {
        let HupCall::Running { event, again, limit } = self.hup else {
            return Effects::default();
        };
        let call = Effects { call_before_hup: again != Again::No, ..Effects::default() };
        self.hup = match again {
            Again::No => HupCall::No,
            // The limit stays: it bounds the end.
            Again::Call => HupCall::Running { limit, event: false, again: Again::No },
            // Once a shutdown: its first.
            Again::CallAndEvent => {
                let limit = now.plus(self.rules.callback_time);
                HupCall::Running { limit, event: true, again: Again::No }
            }
        };
        call.and(if event {
            self.event(ShutdownEvent::SigHup.into(), now, census)
        } else {
            self.settle(Ending::Quiet, now, census)
        })
    }

    pub(super) fn hup_holds(&self, now: Time) -> bool {
        self.hup_limit().is_some_and(|limit| now < limit)
    }

    /// How long the call may hold the end.
    pub(super) fn hup_limit(&self) -> Option<Time> {
        self.hup.limit().map(|limit| limit.min(self.limit()))
    }

    /// When an event follows the call at the latest, if one does.
    pub(super) fn hup_event_by(&self) -> Option<Time> {
        self.hup.event_by().map(|limit| limit.min(self.limit()))
    }
}

impl HupCall {
    fn limit(self) -> Option<Time> {
        match self {
            Self::Running { limit, .. } => Some(limit),
            Self::No => None,
        }
    }

    fn event_by(self) -> Option<Time> {
        match self {
            Self::Running { event: false, again: Again::No | Again::Call, .. } => None,
            _ => self.limit(),
        }
    }

    /// The event is forgotten, or went on without the call; the callback is called all the same.
    pub(super) fn without_event(self) -> Self {
        match self {
            Self::No => Self::No,
            Self::Running { limit, again, .. } => {
                let again = if again == Again::CallAndEvent { Again::Call } else { again };
                Self::Running { limit, event: false, again }
            }
        }
    }
}
