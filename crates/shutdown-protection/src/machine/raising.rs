//! Where the end is an exception in the main thread (Python), not the end of the process: what C5, C17 and C26 say of it.
//!
//! The end is *delivered* when the machine says `tell`; the face raises when the main thread gets there. What it then
//! means for further attempts, and whether the program has handled it, the face tells by an input.

use super::{Arrival, Census, Effects, Ending, Machine, Phase, SAME_ATTEMPT};
use crate::event::ShutdownEvent;
use crate::time::{Span, Time};

/// C5: for this long after the exception of the last attempt was raised, further attempts are ignored.
const GRACE: Span = Span::from_millis(1_000);

/// What only a face that raises needs to know of a shutdown.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(super) struct Raising {
    /// The main thread has met what it was told.
    met: bool,
    /// When it met the exception of the last attempt.
    raised: Option<Time>,
    /// More than one kind of event came before it met it.
    mixed: bool,
    /// The end is delivered as a `KeyboardInterrupt`.
    interrupt: bool,
    /// What came after that.
    later: Later,
    /// Since when the main thread is asked whether an attempt is the last, or has begun anew.
    asked: Option<Time>,
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
        let delivered = matches!(self.phase, Phase::Delivered { .. });
        let raising = &mut self.raising;
        if delivered && raising.met {
            let later = &mut raising.later;
            later.first.get_or_insert(event);
            later.last = Some(event);
            later.attempts += u32::from(attempt);
            later.window |= window;
        } else {
            raising.mixed |= self.first.is_some_and(|first| first.kind() != event.kind());
            if delivered {
                self.choose_exception();
            }
        }
        let ask = self.can_have_been_handled() && self.raising.later.first.is_some();
        Effects { ask, ..Effects::default() }
    }

    /// May the program have handled what was delivered, and live on (C26)? Then the main thread has to say.
    fn can_have_been_handled(&self) -> bool {
        let met = matches!(self.phase, Phase::Delivered { .. }) && self.raising.met;
        met && self.rules.raises && self.raising.interrupt && !self.exiting
    }

    /// C26 before C5: the attempt that would be the last may be one of a shutdown of its own. A main thread that has not
    /// said so when the next one comes does not run.
    pub(super) fn asks_first(&mut self, now: Time) -> bool {
        if !self.can_have_been_handled() {
            return false;
        }
        let is_in_time = now <= self.raising.asked.get_or_insert(now).plus(SAME_ATTEMPT);
        // So this one is behind the last.
        self.forced = !is_in_time;
        is_in_time
    }

    /// The program is still handling what was delivered: what has come since changes nothing (C20), but for the last attempt.
    /// And where the system will end the process, to have handled it is not the end of the matter.
    pub(super) fn handling(&mut self, now: Time, census: Census) -> Effects {
        if self.enforced_at() == Time::NEVER {
            self.raising.later = Later::default();
        }
        match (self.raising.asked.take(), self.last) {
            (Some(_), Some(last)) => self.force(last, now, census),
            _ => Effects::default(),
        }
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
        match later.last {
            Some(last) if self.attempts >= self.rules.max_attempts => announce.and(self.force(last, now, census)),
            _ => announce.and(self.settle(Ending::Unwinding, now, census)),
        }
    }
}
