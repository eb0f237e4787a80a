//! The rules: a state, an input and a time give the next state and its effects.
//!
//! No clock, thread, signal, lock or allocation is known here. The engine tells what happened and when,
//! together with a [`Census`] of the open blocks; it carries out the [`Effects`]. Every rule of the contract
//! that is not about a system or a face lives in this file and in the folder beside it, and is tested without
//! a signal.

use crate::event::ShutdownEvent;
use crate::time::{Span, Time};

mod ending;
mod hangup;
mod raising;
mod verdict;
pub use raising::Told;
pub(crate) use verdict::{Nest, Verdict};

#[cfg(all(test, not(loom)))]
mod model;
#[cfg(all(test, not(loom)))]
mod tables;

/// C2: what comes within this time after an attempt of the same kind is the same attempt.
pub(crate) const SAME_ATTEMPT: Span = Span::from_millis(50);

/// The part of the configuration that the rules depend on.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Rules {
    pub(crate) max_attempts: u32,
    pub(crate) terminate_on_hup: bool,
    pub(crate) before_hup: bool,
    pub(crate) before_termination: bool,
    /// The most that a callback may hold up the end; a callback that hangs must not keep the program alive.
    pub(crate) callback_time: Span,
    pub(crate) unwind_time: Span,
    /// The end is an exception in the main thread (Python), not the end of the process.
    pub(crate) raises: bool,
}

/// What happened.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Input {
    /// An event that is ours to act on (not a guest's).
    Event(ShutdownEvent),
    /// Time has passed, or the census may have changed.
    Tick,
    /// A block has ended while something was pending. It is no longer in the census.
    Ended(Ending),
    /// `before_hup` has returned or panicked.
    HupDone,
    /// `before_termination` has returned or panicked.
    TerminationDone,
    /// The program has begun to exit by itself.
    Exit,
    /// Python: the main thread has met the exception of the last attempt (C5).
    Raised,
    /// Python: the exception that was delivered has been handled, and the program lives on (C26).
    Handled,
}

/// How a block ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Ending {
    /// A guard that nobody interrupted was dropped: the code behind it expects nothing (C17).
    Quiet,
    /// Its owner knows, or has an error of its own: the program unwinds (C10, C17).
    Unwinding,
}

/// The open blocks at the time of the input: the deadline of one that has not lapsed, if there is one.
pub(crate) type Census = Option<Time>;

/// What the engine has to do. Nothing by default.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(crate) struct Effects {
    /// A shutdown has become pending: tell those who wait for it, and log what holds the end.
    pub(crate) announce: bool,
    /// Call `before_hup`, then input [`Input::HupDone`].
    pub(crate) call_before_hup: bool,
    /// Call `before_termination`, then input [`Input::TerminationDone`].
    pub(crate) call_before_termination: bool,
    /// Python: raise what [`Machine::told`] says in the main thread.
    pub(crate) tell: bool,
    /// End the process now, with the status of this event.
    pub(crate) die: Option<ShutdownEvent>,
}

impl Effects {
    /// Both: for inputs that follow each other before the engine acts.
    pub(crate) fn and(self, later: Self) -> Self {
        Self {
            announce: self.announce | later.announce,
            call_before_hup: self.call_before_hup | later.call_before_hup,
            call_before_termination: self.call_before_termination | later.call_before_termination,
            tell: self.tell | later.tell,
            die: self.die.or(later.die),
        }
    }
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Phase {
    /// Nothing is pending.
    Idle,
    /// An event has come; open blocks, or a `before_hup`, hold the end.
    Pending,
    /// `before_termination` runs, until `limit` at the most; then the end is delivered.
    Ending { then: Ending, limit: Time },
    /// The end was delivered; the program unwinds until `unwind_time` after `since`. `held`: the deadline of
    /// a block that is open all the same (C12), which moves `since`.
    Delivered { since: Time, held: Option<Time> },
    /// The process was told to end.
    Dead,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum HupCall {
    No,
    /// `before_hup` runs; `waiting`: its event follows (C6), at `limit` at the latest.
    Running {
        limit: Time,
        waiting: bool,
        again: bool,
    },
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
    counted: [Option<Time>; ShutdownEvent::KINDS],
    /// C5: the attempts have reached the maximum.
    forced: bool,
    hup: HupCall,
    /// The deadline of a block that was open when it was last looked at.
    known: Census,
    /// How the last block ended, while only a `before_hup` held the end back.
    held_end: Option<Ending>,
    /// `before_termination` has been called in this shutdown.
    called: bool,
    exiting: bool,
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
            counted: [None; ShutdownEvent::KINDS],
            forced: false,
            hup: HupCall::No,
            known: None,
            held_end: None,
            called: false,
            exiting: false,
            raising: raising::Raising::default(),
        }
    }

    pub(crate) fn set_rules(&mut self, rules: Rules) {
        self.rules = rules;
    }

    /// One step.
    pub(crate) fn step(&mut self, input: Input, now: Time, census: Census) -> Effects {
        self.note_held(now, census, matches!(input, Input::Ended(_)));
        if census.is_some() {
            self.held_end = None;
            self.known = census;
        } else if self.phase == Phase::Idle || matches!(input, Input::Ended(_) | Input::Exit) {
            self.known = None;
        }
        match input {
            Input::Event(ShutdownEvent::SigHup) => self.hangup(now, census),
            Input::Event(event) => self.event(event, now, census),
            Input::Tick => self.tick(now, census),
            Input::Ended(how) => self.settle(how, now, census),
            Input::HupDone => self.hup_done(now, census),
            Input::TerminationDone => match self.phase {
                Phase::Ending { then, .. } => self.conclude(then, now, census),
                _ => Effects::default(),
            },
            Input::Exit => self.exit(now, census),
            Input::Raised => self.raised(now),
            Input::Handled => self.handled(now, census),
        }
    }

    /// C2 to C5.
    pub(super) fn event(&mut self, event: ShutdownEvent, now: Time, census: Census) -> Effects {
        let mut effects = Effects::default();
        let attempt = self.is_attempt(event, now);
        if attempt {
            self.counted[event.index()] = Some(now);
            self.attempts = self.attempts.saturating_add(1);
            self.last = Some(event);
        }
        self.note_kind(event, attempt);
        // An own exit is not a request: the first real event decides the status (C28).
        if matches!(self.first, None | Some(ShutdownEvent::Exit)) {
            self.first = Some(event);
        }
        if self.phase == Phase::Idle {
            self.phase = Phase::Pending;
            effects.announce = true;
        }
        if attempt && self.attempts >= self.rules.max_attempts {
            return effects.and(self.force(now, census));
        }
        effects.and(self.settle(Ending::Quiet, now, census))
    }

    pub(super) fn is_attempt(&self, event: ShutdownEvent, now: Time) -> bool {
        match (event, self.counted[event.index()]) {
            (ShutdownEvent::Request | ShutdownEvent::Exit, _) | (ShutdownEvent::SigHup, Some(_)) => false,
            (_, Some(counted)) => now > counted.plus(SAME_ATTEMPT),
            (_, None) => true,
        }
    }

    fn tick(&mut self, now: Time, census: Census) -> Effects {
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

    /// C28, C29: from now on the exit functions run, and starts are refused to the other threads.
    fn exit(&mut self, now: Time, census: Census) -> Effects {
        self.exiting = true;
        if self.phase == Phase::Idle {
            self.phase = Phase::Pending;
            self.first = Some(ShutdownEvent::Exit);
            return Effects { announce: census.is_some(), ..Effects::default() };
        }
        if let Phase::Ending { then, .. } = &mut self.phase {
            if !self.forced {
                *then = Ending::Unwinding;
            }
        }
        self.settle(Ending::Unwinding, now, census)
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

    /// C26: forgets the shutdown. `false`: too late.
    pub(crate) fn cancel(&mut self) -> bool {
        let cancelled = match self.phase {
            Phase::Idle => true,
            Phase::Pending | Phase::Delivered { .. } => !self.forced && !self.exiting,
            Phase::Ending { .. } | Phase::Dead => false,
        };
        if cancelled {
            *self = Self { hup: self.hup, ..Self::new(self.rules) };
            if let HupCall::Running { waiting, .. } = &mut self.hup {
                *waiting = false;
            }
        }
        cancelled
    }

    /// The event whose status the process ends with (C19).
    fn status_event(&self) -> ShutdownEvent {
        let event = if self.forced { self.last } else { self.first };
        event.unwrap_or(ShutdownEvent::Exit)
    }

    /// Is the process ending under its threads, without unwinding?
    pub(crate) fn ends_quietly(&self) -> bool {
        matches!(self.phase, Phase::Dead | Phase::Ending { then: Ending::Quiet, .. })
    }

    pub(crate) fn is_pending(&self) -> bool {
        self.phase != Phase::Idle
    }

    /// Which event began the shutdown.
    pub(crate) fn first_event(&self) -> Option<ShutdownEvent> {
        self.first
    }

    /// May the exit of the program go on: is nothing open, and nothing about to run? (C28)
    pub(crate) fn lets_exit(&self, census: Census) -> bool {
        match self.phase {
            Phase::Idle | Phase::Delivered { .. } => census.is_none(),
            Phase::Pending => census.is_none() && self.first == Some(ShutdownEvent::Exit),
            Phase::Ending { .. } | Phase::Dead => false,
        }
    }

    /// The event that must be seen in the exit status, when the program exits by itself (C19, C28).
    pub(crate) fn status_at_exit(&self) -> Option<ShutdownEvent> {
        let event = self.status_event();
        (self.is_pending() && event != ShutdownEvent::Exit).then_some(event)
    }
}
