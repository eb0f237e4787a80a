//! The contract said a second time, as naively as possible: a log of all that has happened, and questions to the whole of it.
//!
//! Nothing is kept beside the log, so nothing can be stale. It was written from the contract before the machine was read; only
//! where the contract is silent (who is told of a bare exit, what limits a repeated `before_hup`) it follows the machine.
//! Where the two differ, one of them is not what the contract says.

use crate::error::{InterruptCause, Interrupted};
use crate::event::ShutdownEvent;
use crate::machine::{Arrival, Ending, Nest, Rules, SAME_ATTEMPT, Verdict};
use crate::time::Time;

mod hangup;
mod steps;

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Fact {
    /// This one was counted (C2).
    Attempt(ShutdownEvent),
    /// It was a message of the hidden window.
    Window,
    /// The system will end the process then (C21).
    Enforced(Time),
    /// `before_hup` was called; it has returned.
    HupCalled,
    HupCalledAgain,
    HupReturned,
    /// Only the call of `before_hup` holds the end, which would have come like this.
    HupHolds(Ending),
    /// A hangup has come that a `before_hup` delays (C6), or is merged into the next call; its turn has come.
    HupDelayed,
    HupMerged,
    HupApplied,
    /// A shutdown is pending because of this one.
    Began(ShutdownEvent),
    /// `before_termination` was called, with a time by which it is not waited for any more; it is over, but a block that
    /// was opened meanwhile holds the end.
    Called {
        until: Time,
        then: Ending,
    },
    Returned,
    /// The end was delivered: the program unwinds.
    Delivered,
    /// A block is open, until then at most; none is, by its end or by time.
    Open(Time),
    Closed {
        ended: bool,
    },
    Exiting,
    Cancelled,
    Died,
}

#[derive(Debug, Clone)]
pub(super) struct Naive {
    rules: Rules,
    log: Vec<(Time, Fact)>,
}

impl Naive {
    pub(super) fn new(rules: Rules) -> Self {
        Self { rules, log: Vec::new() }
    }

    fn note(&mut self, now: Time, fact: Fact) {
        self.log.push((now, fact));
    }

    /// What has happened since the last shutdown was cancelled.
    fn shutdown(&self) -> impl DoubleEndedIterator<Item = (Time, Fact)> {
        let start = self.log.iter().rposition(|(_, fact)| *fact == Fact::Cancelled).map_or(0, |at| at + 1);
        self.log[start..].iter().copied()
    }

    fn has(&self, fact: Fact) -> bool {
        self.shutdown().any(|(_, each)| each == fact)
    }

    pub(super) fn dead(&self) -> bool {
        self.has(Fact::Died)
    }

    pub(super) fn pending(&self) -> bool {
        self.dead() || self.shutdown().any(|(_, fact)| matches!(fact, Fact::Began(_)))
    }

    /// The first real event; the program's own end only if there is none.
    pub(super) fn first(&self) -> Option<ShutdownEvent> {
        let began = |(_, fact)| if let Fact::Began(event) = fact { Some(event) } else { None };
        let real = self.shutdown().filter_map(began).find(|event| *event != ShutdownEvent::Exit);
        real.or_else(|| self.shutdown().find_map(began))
    }

    fn attempts(&self) -> Vec<(Time, ShutdownEvent)> {
        let attempt = |(time, fact)| if let Fact::Attempt(event) = fact { Some((time, event)) } else { None };
        self.shutdown().filter_map(attempt).collect()
    }

    /// C5
    pub(super) fn forced(&self) -> bool {
        self.attempts().len() >= self.rules.max_attempts as usize
    }

    /// C19
    fn status(&self) -> ShutdownEvent {
        let last = self.attempts().last().map(|(_, event)| *event).filter(|_| self.forced());
        last.or(self.first()).unwrap_or(ShutdownEvent::Exit)
    }

    /// Is this event one more attempt? (C2)
    fn is_attempt(&self, Arrival { event, window, .. }: Arrival, now: Time) -> bool {
        use ShutdownEvent::{CtrlBreak, CtrlC, SigBreak, SigInt};
        let twins = |one, other| {
            [(CtrlC, SigInt), (SigInt, CtrlC), (CtrlBreak, SigBreak), (SigBreak, CtrlBreak)].contains(&(one, other))
        };
        let mut same = self.attempts().into_iter().filter(|(_, each)| *each == event || twins(*each, event));
        match event {
            _ if window && self.has(Fact::Window) => false,
            ShutdownEvent::Request | ShutdownEvent::Exit => false,
            ShutdownEvent::SigHup => same.next().is_none(),
            _ => same.next_back().is_none_or(|(time, _)| now > time.plus(SAME_ATTEMPT)),
        }
    }

    /// C21: so long before the system ends the process, if it does.
    fn before_the_system(&self, millis: u64) -> Time {
        let enforced = |(_, fact)| if let Fact::Enforced(at) = fact { Some(at) } else { None };
        let first = self.shutdown().filter_map(enforced).min();
        first.map_or(Time::NEVER, |at| Time(at.0 - millis * 1_000_000))
    }

    /// No deadline is later.
    pub(super) fn limit(&self) -> Time {
        self.before_the_system(500)
    }

    /// By when `before_termination` has to return, and what follows. An exit that begins meanwhile unwinds (C28).
    fn called(&self) -> Option<(Time, Ending)> {
        let called = |(_, fact)| if let Fact::Called { until, then } = fact { Some((until, then)) } else { None };
        let exiting = self.has(Fact::Exiting) && !self.forced();
        let until = |until: Time| until.min(self.before_the_system(300));
        self.shutdown().find_map(called).map(|(by, then)| (until(by), if exiting { Ending::Unwinding } else { then }))
    }

    pub(super) fn delivered(&self) -> bool {
        self.has(Fact::Delivered)
    }

    /// `before_termination` runs.
    pub(super) fn calling(&self) -> bool {
        self.called().is_some() && !self.has(Fact::Returned) && !self.delivered() && !self.dead()
    }

    /// C12, C24: blocks that are started later than this hold nothing.
    pub(super) fn last_start(&self) -> Time {
        let delivered = self.shutdown().find(|(_, fact)| *fact == Fact::Delivered);
        let delivered = delivered.filter(|_| !self.dead());
        delivered.map_or(Time::NEVER, |(time, _)| time.plus(self.rules.callback_time))
    }

    /// C24: since when nothing is open, after the end was delivered.
    fn unwind_from(&self) -> Time {
        let mut since = Time(0);
        let mut open = None;
        for (time, fact) in self.shutdown().skip_while(|(_, fact)| *fact != Fact::Delivered) {
            match fact {
                Fact::Delivered => since = time,
                Fact::Open(deadline) => open = Some(deadline),
                Fact::Closed { ended } => {
                    if let Some(deadline) = open.take() {
                        since = since.max(if ended { time } else { time.min(deadline) });
                    }
                }
                _ => {}
            }
        }
        since
    }

    pub(super) fn lets_exit(&self, holds: Option<Time>) -> bool {
        let waits = self.pending() && !self.delivered() && self.first() != Some(ShutdownEvent::Exit);
        holds.is_none() && !waits && !self.dead()
    }

    /// C28, unless the program has an error of its own to show.
    pub(super) fn status_at_exit(&self) -> Option<ShutdownEvent> {
        Some(self.status()).filter(|status| self.pending() && *status != ShutdownEvent::Exit)
    }

    pub(super) fn ends_quietly(&self) -> bool {
        self.dead() || (self.calling() && self.called().is_some_and(|(_, then)| then == Ending::Quiet))
    }

    /// C9, C12, C13; `None`: the end of the owner's time (C11) is asked for, not a breakpoint.
    pub(super) fn verdict(&self, may_stop: bool, lapsed: bool) -> Verdict {
        if !self.pending() {
            return Verdict::Calm;
        }
        if !may_stop {
            return Verdict::Hold;
        }
        let cause = match (self.forced(), lapsed) {
            (true, _) => InterruptCause::Attempts,
            (false, true) => InterruptCause::Deadline,
            (false, false) => InterruptCause::Break,
        };
        let attempts = u32::try_from(self.attempts().len()).unwrap();
        Verdict::Interrupt(Interrupted { event: self.status(), cause, attempts })
    }

    pub(super) fn at_start(&self, nest: Nest, regardless: bool) -> Verdict {
        self.verdict(!nest.outer_open && !regardless, false)
    }

    pub(super) fn at_break(&self, nest: Nest, now: Time) -> Verdict {
        self.verdict(!nest.outer_holds, nest.deadline.is_some_and(|deadline| deadline <= now))
    }

    pub(super) fn at_deadline(&self, nest: Nest, now: Time) -> Verdict {
        let lapsed = nest.deadline.is_none_or(|deadline| deadline <= now);
        self.verdict(self.forced() || lapsed, lapsed)
    }
}
