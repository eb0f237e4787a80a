//! Where the end is an exception in the main thread (Python), not the end of the process: what C5 and C17 say of it.
//!
//! The end is *delivered* when the machine says `tell`; the face raises when the main thread gets there. What it then
//! means for further attempts, and whether the program has handled it, the face tells by an input.

use super::handled::Later;
use super::{Arrival, Census, Effects, Ending, Machine, Phase};
use crate::event::ShutdownEvent;
use crate::time::{Span, Time};

/// C5: for this long after the exception of the last attempt was raised, further attempts are ignored.
const GRACE: Span = Span::from_millis(1_000);

/// What only a face that raises needs to know of a shutdown.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(super) struct Raising {
    /// The main thread has met what it was told.
    pub(super) met: bool,
    /// When it met the exception of the last attempt.
    raised: Option<Time>,
    /// More than one kind of event came before it met it.
    pub(super) mixed: bool,
    /// The end is delivered as a `KeyboardInterrupt`.
    pub(super) interrupt: bool,
    /// What came after that.
    pub(super) later: Later,
    /// Since when the main thread is asked whether an attempt is the last, or has begun anew.
    pub(super) asked: Option<Time>,
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
        let delivered = matches!(self.phase, Phase::Delivered { .. });
        let raising = &mut self.raising;
        if delivered && raising.met {
            let later = &mut raising.later;
            later.first.get_or_insert(event);
            later.last = Some(event);
            later.attempts += u32::from(attempt);
            later.window |= window;
            later.kinds[event.kind().index()] = true;
        } else {
            raising.mixed |= self.first.is_some_and(|first| first.kind() != event.kind());
            if delivered {
                self.choose_exception();
            }
        }
        let ask = self.can_have_been_handled() && self.raising.later.first.is_some();
        Effects { ask, ..Effects::default() }
    }

    /// The end was delivered: the main thread is to meet it.
    pub(super) fn tell(&mut self) -> Effects {
        self.raising.met = false;
        self.choose_exception();
        Effects { tell: self.rules.raises && !self.exiting, ..Effects::default() }
    }

    /// C17, of all that has come until it is met.
    fn choose_exception(&mut self) {
        let one = self.attempts <= 1 && !self.raising.mixed && !self.forced;
        self.raising.interrupt = one && self.first.map(ShutdownEvent::kind) == Some(ShutdownEvent::SigInt);
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
        self.raising.met = true;
        if self.forced {
            self.raising.raised.get_or_insert(now);
        }
        Effects::default()
    }

    /// It meets it later: what has come since came before that.
    pub(super) fn given_back(&mut self, now: Time, census: Census) -> Effects {
        let later = std::mem::take(&mut self.raising.later);
        let kinds = [later.first, later.last].into_iter().flatten().map(ShutdownEvent::kind);
        let first = self.first.map(ShutdownEvent::kind);
        self.raising.mixed |= kinds.into_iter().any(|kind| Some(kind) != first);
        self.raising.met = false;
        self.choose_exception();
        match (self.raising.asked.take(), self.last) {
            (Some(_), Some(last)) => self.force(last, now, census),
            _ => Effects::default(),
        }
    }

    /// What was delivered; `None`: nothing was.
    pub(crate) fn told(&self) -> Option<Told> {
        let delivered = matches!(self.phase, Phase::Delivered { .. });
        let told = Told { event: self.status_event(), interrupt: self.raising.interrupt, forced: self.forced };
        delivered.then_some(told)
    }
}
