//! What goes into the machine and what comes out of it.

use crate::event::ShutdownEvent;
use crate::time::{Span, Time};

/// C2: what comes within this time after an attempt of the same kind is the same attempt.
pub(crate) const SAME_ATTEMPT: Span = Span::from_millis(50);

/// The part of the configuration that the rules depend on.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Rules {
    pub(crate) max_attempts: u32,
    pub(crate) terminate_on_hup: bool,
    pub(crate) terminate_on_logoff: bool,
    pub(crate) before_hup: bool,
    pub(crate) before_termination: bool,
    /// The most that a callback may hold up the end; a callback that hangs must not keep the program alive. And for how
    /// long after the delivery a block may be started that holds the end.
    pub(crate) callback_time: Span,
    pub(crate) unwind_time: Span,
    /// The end is an exception in the main thread (Python), not the end of the process.
    pub(crate) raises: bool,
}

/// An event as it came.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Arrival {
    pub(crate) event: ShutdownEvent,
    /// As a message of the hidden window (C2).
    pub(crate) window: bool,
    /// How long the system lets the process live, from the event on, where it ends it then (C21, C26).
    pub(crate) grant: Option<Span>,
}

impl From<ShutdownEvent> for Arrival {
    /// One that the system does not enforce.
    fn from(event: ShutdownEvent) -> Self {
        Self { event, window: false, grant: None }
    }
}

/// What happened.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Input {
    /// An event that is ours to act on (not a guest's).
    Event(Arrival),
    /// Time has passed, or the census may have changed.
    Tick,
    /// A block has ended while something was pending. It is no longer in the census.
    Ended(Ending),
    /// So has one by an error of the program's own (C10), in the main thread or in another.
    Failed { on_main: bool },
    /// The main thread was interrupted at a breakpoint (C9), when it had started so many blocks.
    Broken { started: u64 },
    /// `before_hup` has returned or panicked.
    HupDone,
    /// `before_termination` has returned or panicked.
    TerminationDone,
    /// The program has begun to exit by itself.
    Exit,
    /// Python: the exception of the end is on its way. `own_status`: with a status that the program has chosen.
    Raising { own_status: bool },
    /// Python: the main thread has met the exception of the end.
    Raised,
    /// Python: it has not after all, and meets it later.
    GivenBack,
    /// Python: the exception that was delivered has been handled, and the program lives on (C26).
    Handled,
    /// Python: it has not, yet.
    Handling,
}

impl Input {
    /// Has its owner let go of a block, or of several?
    pub(crate) fn is_an_end(self) -> bool {
        matches!(self, Self::Ended(_) | Self::Failed { .. } | Self::Broken { .. })
    }
}

/// How a block ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Ending {
    /// A guard that nobody interrupted was dropped: the code behind it expects nothing (C17).
    Quiet,
    /// Its owner knows, or has an error of its own: the program unwinds (C10, C17).
    Unwinding,
}

/// The open blocks at the time of the input.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Census {
    /// The deadline of a block that holds the end, if there is one: it is open, has not lapsed, and
    /// [counts](super::Holding::counts).
    pub(crate) holds: Option<Time>,
    /// An owner that was told to stop has not let go of its block yet, lapsed or not, or waits for other owners first
    /// (C17, C18). Asked only where no block holds.
    pub(crate) someone_told: bool,
}

/// What the engine has to do. Nothing by default.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(crate) struct Effects {
    /// A shutdown has become pending, or a request has come to a program that was exiting by itself: tell those who wait
    /// for it, and log what holds the end.
    pub(crate) announce: bool,
    /// Call `before_hup`, then input [`Input::HupDone`].
    pub(crate) call_before_hup: bool,
    /// Call `before_termination`, then input [`Input::TerminationDone`].
    pub(crate) call_before_termination: bool,
    /// Python: raise what [`Machine::told`](super::Machine::told) says in the main thread.
    pub(crate) tell: bool,
    /// Python: let the main thread say whether the program has handled what was delivered (C26).
    pub(crate) ask: bool,
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
            ask: self.ask | later.ask,
            die: self.die.or(later.die),
        }
    }
}
