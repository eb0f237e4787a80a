//! The rules: a state, an input and a time give the next state and its effects.
//!
//! No clock, thread, signal, lock or allocation is known here. The engine tells what happened and when,
//! together with a [`Census`] of the open blocks; it carries out the [`Effects`]. Every rule of the contract
//! that is not about a system or a face lives in this file and in the folder beside it, and is tested without
//! a signal.

use crate::event::ShutdownEvent;
use crate::time::Time;

mod ending;
mod handled;
mod hangup;
mod holding;
mod leaving;
mod limit;
mod raising;
mod status;
mod tick;
mod verdict;
mod words;
pub use handled::Occasion;
use hangup::HupCall;
pub(crate) use holding::Holding;
pub(crate) use limit::Bounds;
pub use raising::Told;
pub(crate) use status::Left;
pub(crate) use verdict::{Nest, Verdict};
pub(crate) use words::{Arrival, Census, Effects, Ending, Input, Rules, SAME_ATTEMPT};

#[cfg(all(any(test, fuzzing), not(loom)))]
pub(crate) mod model;
#[cfg(all(test, not(loom)))]
mod tables;

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Phase {
    /// Nothing is pending.
    Idle,
    /// An event has come; open blocks, or a `before_hup`, hold the end.
    Pending,
    /// `before_termination` runs, until `limit` at the most; then the end is delivered. `held`, `last_start`: as below, where
    /// its limit is that of the process.
    Ending { then: Ending, limit: Time, held: Option<Time>, last_start: Time },
    /// The end was delivered; the program unwinds until `unwind_time` after `since`. `held`: the deadline of a block that
    /// is open all the same (C12), which moves `since`; unless it was started after `last_start`.
    Delivered { since: Time, held: Option<Time>, last_start: Time },
    /// The process was told to end.
    Dead,
}

/// The state of a shutdown.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Machine {
    rules: Rules,
    phase: Phase,
    first: Option<ShutdownEvent>,
    last: Option<ShutdownEvent>,
    attempts: u32,
    /// When the last attempt of each kind was counted.
    counted: [Option<Time>; ShutdownEvent::COUNT],
    /// A message of the hidden window has come in this shutdown.
    window_came: bool,
    /// C21: when the system ends the process.
    enforced_at: Time,
    /// C5: the attempts have reached the maximum.
    forced: bool,
    hup: HupCall,
    /// The deadline of a block that was open when it was last looked at.
    known: Option<Time>,
    /// How the last block ended, while only a `before_hup` held the end back.
    held_end: Option<Ending>,
    /// `before_termination` has been called in this shutdown.
    called: bool,
    exiting: bool,
    /// C9: so many blocks the main thread had started when it was interrupted at a breakpoint. Those hold nothing.
    broken: u64,
    /// C10: the program has an error of its own, which its status keeps (C19).
    own_error: bool,
    raising: raising::Raising,
}

impl Machine {
    pub(crate) fn new(rules: Rules) -> Self {
        Self {
            rules,
            phase: Phase::Idle,
            first: None,
            last: None,
            attempts: 0,
            counted: [None; ShutdownEvent::COUNT],
            window_came: false,
            enforced_at: Time::NEVER,
            forced: false,
            hup: HupCall::No,
            known: None,
            held_end: None,
            called: false,
            exiting: false,
            broken: 0,
            own_error: false,
            raising: raising::Raising::default(),
        }
    }

    pub(crate) fn set_rules(&mut self, rules: Rules) {
        self.rules = rules;
    }

    /// One step.
    pub(crate) fn step(&mut self, input: Input, now: Time, census: Census) -> Effects {
        if self.phase == Phase::Dead {
            // Nothing is done any more for a process that was told to end.
            return Effects::default();
        }
        self.note_grant(input, now);
        self.note_own_error(input);
        self.broken = self.broken_behind(input);
        self.note_held(now, census, input.is_an_end());
        if census.holds.is_some() {
            self.held_end = None;
            self.known = census.holds;
        } else if self.phase == Phase::Idle || input.is_an_end() || input == Input::Exit {
            self.known = None;
        }
        match input {
            Input::Event(Arrival { event, .. }) if self.ignores(event) => Effects::default(),
            Input::Event(Arrival { event: ShutdownEvent::SigHup, .. }) => self.hangup(now, census),
            Input::Event(arrival) => self.event(arrival, now, census),
            Input::Tick => self.tick(now, census),
            Input::Ended(how) => self.settle(how, now, census),
            Input::Failed { .. } | Input::Broken { .. } => self.settle(Ending::Unwinding, now, census),
            Input::HupDone => self.hup_done(now, census),
            Input::TerminationDone => match self.phase {
                Phase::Ending { then, .. } => self.conclude(then, now, census),
                _ => Effects::default(),
            },
            Input::Exit => self.exit(now, census),
            Input::Raising { .. } => Effects::default(),
            Input::Raised => self.raised(now),
            Input::GivenBack => self.given_back(now, census),
            Input::Handled => self.handled(now, census),
            Input::Handling => self.handling(now, census),
        }
    }

    /// C2 to C5.
    fn event(&mut self, arrival: Arrival, now: Time, census: Census) -> Effects {
        let event = arrival.event;
        let attempt = self.is_attempt(arrival, now);
        self.window_came |= arrival.window;
        if attempt {
            self.counted[event.kind().index()] = Some(now);
            self.attempts = self.attempts.saturating_add(1);
            if !(self.forced && self.rules.raises) {
                self.last = Some(event);
            }
        }
        let mut effects = self.note_kind(arrival, attempt);
        // An own exit is not a request: the first real event decides the status (C28), and those who wait for one are told.
        if matches!(self.first, None | Some(ShutdownEvent::Exit)) {
            self.first = Some(event);
            effects.announce = true;
        }
        if self.phase == Phase::Idle {
            self.phase = Phase::Pending;
        }
        if attempt && self.attempts >= self.rules.max_attempts {
            return if self.asks_first(now) { effects } else { effects.and(self.force(event, now, census)) };
        }
        effects.and(self.settle(Ending::Quiet, now, census))
    }

    fn is_attempt(&self, Arrival { event, window, .. }: Arrival, now: Time) -> bool {
        if window && self.window_came {
            return false;
        }
        match (event, self.counted[event.kind().index()]) {
            (ShutdownEvent::Request | ShutdownEvent::Exit, _) | (ShutdownEvent::SigHup, Some(_)) => false,
            (_, Some(counted)) => now > counted.plus(SAME_ATTEMPT),
            (_, None) => true,
        }
    }

    /// Is the process ending under its threads, without unwinding?
    pub(crate) fn ends_quietly(&self) -> bool {
        matches!(self.phase, Phase::Dead | Phase::Ending { then: Ending::Quiet, .. })
    }

    /// Has the last attempt been made (C5)?
    pub(crate) fn is_forced(&self) -> bool {
        self.forced
    }

    pub(crate) fn is_pending(&self) -> bool {
        self.phase != Phase::Idle
    }

    /// Which event began the shutdown.
    pub(crate) fn first_event(&self) -> Option<ShutdownEvent> {
        self.first
    }
}
