//! Where the end is an exception in the main thread (Python), not the end of the process: what C5, C17 and C26 say of it.
//!
//! The end is *delivered* when the machine says `tell`; the face raises when the main thread gets there. What it then
//! means for further attempts, and whether the program has handled it, the face tells by an input.

use super::{Arrival, Census, Effects, Ending, Machine, Phase};
use crate::event::ShutdownEvent;
use crate::time::{Span, Time};

/// C5: for this long after the exception of the last attempt was raised, further attempts are ignored.
const GRACE: Span = Span::from_millis(1_000);

/// What only a face that raises needs to know of a shutdown.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(super) struct Raising {
    /// When the main thread met the exception of the last attempt.
    raised: Option<Time>,
    /// More than one kind of event came before the end was delivered.
    mixed: bool,
    /// The end was delivered as a `KeyboardInterrupt`.
    interrupt: bool,
    /// What came after the delivery.
    later: Later,
}

/// The events behind the delivery: if the program has handled what was delivered, they begin a shutdown of their own
/// (C26).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
struct Later {
    first: Option<ShutdownEvent>,
    last: Option<ShutdownEvent>,
    attempts: u32,
    window: bool,
}

/// What the main thread is told (C17).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Told {
    /// The event that decides the status.
    pub event: ShutdownEvent,
    /// The only event was one `SIGINT` or `CTRL_C`: a `KeyboardInterrupt`, not a `SystemExit`.
    pub interrupt: bool,
    /// By the last attempt (C5).
    pub forced: bool,
}

impl Machine {
    /// Notes an event, for C17 and C26. Whether what was delivered has been handled, only the main thread knows.
    pub(super) fn note_kind(&mut self, Arrival { event, window, .. }: Arrival, attempt: bool) -> Effects {
        let raising = &mut self.raising;
        if matches!(self.phase, Phase::Delivered { .. }) {
            let later = &mut raising.later;
            later.first.get_or_insert(event);
            later.last = Some(event);
            later.attempts += u32::from(attempt);
            later.window |= window;
        } else if self.first.is_some_and(|first| first.kind() != event.kind()) {
            raising.mixed = true;
        }
        let ask = self.rules.raises && raising.interrupt && raising.later.first.is_some();
        Effects { ask, ..Effects::default() }
    }

    /// The program is still handling what was delivered: what has come since changes nothing (C20). But where the system will
    /// end the process, to have handled it is not the end of the matter.
    pub(super) fn handling(&mut self) -> Effects {
        if self.enforced_at() == Time::NEVER {
            self.raising.later = Later::default();
        }
        Effects::default()
    }

    /// The end was delivered.
    pub(super) fn tell(&mut self) -> Effects {
        let one = self.attempts <= 1 && !self.raising.mixed && !self.forced;
        self.raising.interrupt = one && self.first.map(ShutdownEvent::kind) == Some(ShutdownEvent::SigInt);
        Effects { tell: self.rules.raises && !self.exiting, ..Effects::default() }
    }

    /// C5: the first time, the exception, which the owners of blocks cannot hold back; then, and once the program has
    /// had its second to unwind, the end of the process.
    pub(super) fn force_raising(&mut self, event: ShutdownEvent, now: Time, census: Census) -> Effects {
        if !std::mem::replace(&mut self.forced, true) {
            if self.exiting {
                return self.die();
            }
            if self.rules.before_termination && !self.called {
                return self.call_before_termination(Ending::Unwinding, now, self.callback_limit());
            }
            return self.deliver(Ending::Unwinding, now, census);
        }
        match self.raising.raised {
            Some(raised) if now <= raised.plus(GRACE) => Effects::default(),
            _ => {
                self.last = Some(event);
                self.die()
            }
        }
    }

    /// How long `before_termination` may take. Where it runs in the main thread, which cannot go on without it, the hard stage
    /// counts from its call (C24).
    pub(super) fn callback_limit(&self) -> Span {
        if self.unwinds_in_callback() { self.rules.unwind_time } else { self.rules.callback_time }
    }

    pub(super) fn unwinds_in_callback(&self) -> bool {
        self.rules.raises && self.rules.unwind_time < self.rules.callback_time
    }

    /// What the main thread has not called when the system leaves no more time for it, a helper thread calls: a
    /// `callback_time` that ends shortly before must not leave that to the hard stage, which has 0.1 s for it.
    pub(super) fn leaves_callback_to_another(&self) -> bool {
        self.rules.raises && !self.unwinds_in_callback() && !self.forced
    }

    /// Does a `before_termination` that hangs end the process, not only its own time? Also where the system leaves no time
    /// for the main thread, but enough for a helper thread to call it.
    pub(super) fn ends_with_callback(&self, now: Time) -> bool {
        self.unwinds_in_callback() || self.rules.raises && now >= self.callback_until()
    }

    /// The main thread has met the exception.
    pub(super) fn raised(&mut self, now: Time) -> Effects {
        if self.forced {
            self.raising.raised.get_or_insert(now);
        }
        Effects::default()
    }

    /// What was delivered; `None`: nothing was.
    pub(crate) fn told(&self) -> Option<Told> {
        let delivered = matches!(self.phase, Phase::Delivered { .. });
        let told = Told { event: self.status_event(), interrupt: self.raising.interrupt, forced: self.forced };
        delivered.then_some(told)
    }

    /// C26: after one `KeyboardInterrupt` that was handled, nothing is pending any more; what has come since begins anew.
    pub(super) fn handled(&mut self, now: Time, census: Census) -> Effects {
        let later = self.raising.later;
        if !self.raising.interrupt || !self.can_be_forgotten() {
            return Effects::default();
        }
        self.forget();
        let Some(first) = later.first else { return Effects::default() };
        (self.first, self.last, self.attempts) = (Some(first), later.last, later.attempts);
        self.raising.mixed = later.last.map(ShutdownEvent::kind) != later.first.map(ShutdownEvent::kind);
        self.window_came = later.window;
        if let Some(last) = later.last {
            self.counted[last.kind().index()] = Some(now);
        }
        self.phase = Phase::Pending;
        let announce = Effects { announce: true, ..Effects::default() };
        announce.and(self.settle(Ending::Unwinding, now, census))
    }
}
