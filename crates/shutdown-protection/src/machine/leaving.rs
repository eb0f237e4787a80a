//! Ways out of a shutdown, and out of the program: it is cancelled (C26), or the program exits by itself (C28, C29).

use super::{Census, Effects, Ending, Machine, Phase};
use crate::event::ShutdownEvent;
use crate::time::Time;

impl Machine {
    /// C26: forgets the shutdown. `false`: too late, or the system will end the process whatever we say.
    pub(crate) fn cancel(&mut self) -> bool {
        let cancelled = self.can_be_forgotten() && self.enforced_at() == Time::NEVER;
        if cancelled {
            self.forget();
        }
        cancelled
    }

    pub(super) fn can_be_forgotten(&self) -> bool {
        match self.phase {
            Phase::Idle => true,
            Phase::Pending | Phase::Delivered { .. } => !self.forced && !self.exiting,
            Phase::Ending { .. } | Phase::Dead => false,
        }
    }

    /// Everything but what others have begun: a call of `before_hup`, and the system.
    pub(super) fn forget(&mut self) {
        *self = Self { hup: self.hup.without_event(), enforced_at: self.enforced_at, ..Self::new(self.rules) };
    }

    /// C28, C29: from now on the exit functions run, and starts are refused to the other threads.
    pub(super) fn exit(&mut self, now: Time, census: Census) -> Effects {
        self.exiting = true;
        if self.phase == Phase::Idle {
            self.phase = Phase::Pending;
            self.first = Some(ShutdownEvent::Exit);
            return Effects { announce: census.holds.is_some(), ..Effects::default() };
        }
        if let Phase::Ending { then, .. } = &mut self.phase {
            if !self.forced {
                *then = Ending::Unwinding;
            }
        }
        self.settle(Ending::Unwinding, now, census)
    }

    /// May the exit of the program go on: is nothing open, and nothing about to run? (C28)
    pub(crate) fn lets_exit(&self, holds: Option<Time>) -> bool {
        match self.phase {
            // C5: blocks or not.
            Phase::Delivered { .. } if self.forced => true,
            Phase::Idle | Phase::Delivered { .. } => holds.is_none(),
            Phase::Pending => holds.is_none() && self.first == Some(ShutdownEvent::Exit),
            Phase::Ending { .. } | Phase::Dead => false,
        }
    }
}
