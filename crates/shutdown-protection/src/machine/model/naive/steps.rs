//! What an input adds to the log, and what the engine has to do for it.

use super::{Fact, Naive};
use crate::event::ShutdownEvent;
use crate::machine::{Arrival, Census, Effects, Ending, Input};
use crate::time::Time;

impl Naive {
    pub(in crate::machine::model) fn step(&mut self, input: Input, now: Time, census: Census) -> Effects {
        let mut out = Effects::default();
        if self.dead() {
            return out;
        }
        let logoff_ends = self.rules.terminate_on_logoff;
        let ignored = |event| event == ShutdownEvent::CtrlLogoff && !logoff_ends;
        if let Input::Event(Arrival { event, grant: Some(grant), .. }) = input {
            if !ignored(event) {
                self.note(now, Fact::Enforced(now.plus(grant)));
            }
        }
        // Also by an interrupt of the main thread, which lets go of all its blocks (C9).
        let ended = matches!(input, Input::Ended(_) | Input::Failed { .. } | Input::Broken { .. });
        self.note(now, census.holds.map_or(Fact::Closed { ended }, Fact::Open));
        match input {
            Input::Event(arrival) if ignored(arrival.event) => {}
            Input::Event(Arrival { event: ShutdownEvent::SigHup, .. }) => self.hangup(now, census, &mut out),
            Input::Event(arrival) => self.event(arrival, now, census, &mut out),
            Input::Ended(how) => self.settle(how, now, census, &mut out),
            Input::Failed { .. } | Input::Broken { .. } => self.settle(Ending::Unwinding, now, census, &mut out),
            Input::HupDone => {
                let (again, waits) = (self.hup_merged(), self.hup_uncalled());
                let returned = match (again, waits) {
                    (false, _) => Fact::HupReturned,
                    (true, false) => Fact::HupCalledAgain,
                    // a call of its own, with a time of its own
                    (true, true) => Fact::HupCalled,
                };
                self.note(now, returned);
                out.call_before_hup = again;
                if !waits {
                    self.apply_hup(now, census, &mut out);
                }
                self.settle(Ending::Quiet, now, census, &mut out);
            }
            Input::TerminationDone => {
                if let Some((_, then)) = self.called().filter(|_| self.calling()) {
                    self.deliver(then, now, census, &mut out);
                }
            }
            // Only where the end is raised.
            Input::Raising { .. } | Input::Raised | Input::GivenBack | Input::Handled | Input::Handling => {}
            Input::Exit => {
                self.note(now, Fact::Exiting);
                if self.pending() {
                    self.settle(Ending::Unwinding, now, census, &mut out);
                } else {
                    // a program that ends with nothing open has nothing to tell
                    out.announce = census.holds.is_some();
                    self.note(now, Fact::Began(ShutdownEvent::Exit));
                }
            }
            Input::Tick => self.tick(now, census, &mut out),
        }
        out
    }

    /// C6
    fn hangup(&mut self, now: Time, census: Census, out: &mut Effects) {
        let ends = self.rules.terminate_on_hup;
        if ends && (!self.rules.before_hup || self.is_attempt(ShutdownEvent::SigHup.into(), now)) {
            self.note(now, Fact::HupDelayed);
        }
        if !self.rules.before_hup {
            self.apply_hup(now, census, out);
        } else if self.hup_running().is_some() {
            self.note(now, Fact::HupMerged);
        } else {
            out.call_before_hup = true;
            self.note(now, Fact::HupCalled);
        }
    }

    fn apply_hup(&mut self, now: Time, census: Census, out: &mut Effects) {
        if self.hup_delayed() {
            self.note(now, Fact::HupApplied);
            self.event(ShutdownEvent::SigHup.into(), now, census, out);
        }
    }

    fn event(&mut self, arrival: Arrival, now: Time, census: Census, out: &mut Effects) {
        // C29: nobody who waits for a request has been told of a bare exit.
        out.announce |= self.first().is_none_or(|first| first == ShutdownEvent::Exit);
        self.note(now, Fact::Began(arrival.event));
        let attempt = self.is_attempt(arrival, now);
        if arrival.window {
            self.note(now, Fact::Window);
        }
        if attempt {
            self.note(now, Fact::Attempt(arrival.event));
            if self.forced() {
                if self.rules.before_termination && self.called().is_none() {
                    self.call(Ending::Quiet, now.plus(self.rules.unwind_time), now, out);
                } else {
                    self.die(now, out);
                }
                return;
            }
        }
        self.settle(Ending::Quiet, now, census, out);
    }

    /// C15: the end comes, if nothing holds it.
    fn settle(&mut self, how: Ending, now: Time, census: Census, out: &mut Effects) {
        let real = self.first().is_some_and(|first| first != ShutdownEvent::Exit);
        if !real || census.holds.is_some() || self.calling() || self.delivered() || self.dead() {
            return;
        }
        let how = self.hup_held().unwrap_or(self.unless_told(how, census));
        if self.hup_running().is_some_and(|limit| now < limit) {
            self.note(now, Fact::HupHolds(how));
            return;
        }
        let then = if self.has(Fact::Exiting) { Ending::Unwinding } else { self.unless_told(how, census) };
        if self.rules.before_termination && self.called().is_none() {
            self.call(then, now.plus(self.rules.callback_time), now, out);
        } else {
            self.deliver(then, now, census, out);
        }
    }

    fn call(&mut self, then: Ending, until: Time, now: Time, out: &mut Effects) {
        out.call_before_termination = true;
        self.note(now, Fact::Called { until, then });
    }

    /// C17: while an owner that was told has not let go, the program unwinds.
    fn unless_told(&self, how: Ending, census: Census) -> Ending {
        if census.someone_told && !self.forced() { Ending::Unwinding } else { how }
    }

    fn deliver(&mut self, how: Ending, now: Time, census: Census, out: &mut Effects) {
        match self.unless_told(how, census) {
            Ending::Unwinding => {
                self.note(now, Fact::Delivered);
                self.note(now, census.holds.map_or(Fact::Closed { ended: false }, Fact::Open));
            }
            Ending::Quiet if census.holds.is_some() && !self.forced() => self.note(now, Fact::Returned),
            Ending::Quiet => self.die(now, out),
        }
    }

    fn die(&mut self, now: Time, out: &mut Effects) {
        self.note(now, Fact::Died);
        out.die = Some(self.status());
    }

    fn tick(&mut self, now: Time, census: Census, out: &mut Effects) {
        if self.hup_running().is_some_and(|limit| limit <= now) {
            self.apply_hup(now, census, out);
            if out.call_before_termination {
                return;
            }
        }
        let unwinds = self.delivered();
        match self.called().filter(|_| self.calling()) {
            Some((until, then)) if until <= now => self.deliver(then, now, census, out),
            _ => self.settle(Ending::Unwinding, now, census, out),
        }
        let hard_stage = self.unwind_from().plus(self.rules.unwind_time).min(self.before_the_system(100));
        if unwinds && census.holds.is_none() && hard_stage <= now {
            self.die(now, out);
        }
    }

    /// C26
    pub(in crate::machine::model) fn cancel(&mut self, now: Time) -> bool {
        if self.dead() || self.calling() || self.forced() || self.has(Fact::Exiting) || self.limit() < Time::NEVER {
            return false;
        }
        self.note(now, Fact::Cancelled);
        true
    }
}
