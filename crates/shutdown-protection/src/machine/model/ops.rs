//! What may happen in a sequence, and the configurations that it may happen under.
//!
//! The times lie around the limits of the rules, so that a boundary that is off by one shows.

use crate::event::ShutdownEvent;
use crate::machine::{Arrival, Rules};
use crate::time::Span;

#[derive(Debug, Clone, Copy)]
pub(super) enum Op {
    Event(Arrival),
    Advance(Span),
    /// To the time at which the machine wants a tick, and so many nanoseconds away from it.
    ToTick(i64),
    Tick,
    Start {
        owner: usize,
        exec: Span,
        drain: bool,
        regardless: bool,
    },
    Break(usize),
    CheckDeadline(usize),
    Renew(usize),
    End {
        block: usize,
        error: bool,
    },
    HupReturns,
    TerminationReturns,
    Exit,
    Cancel,
    /// What the main thread says of an interrupt.
    Main(Main),
}

/// The owner whose blocks are the main thread's own.
pub(super) const MAIN: usize = 0;

/// All but the first only where the end is raised.
#[derive(Debug, Clone, Copy)]
pub(super) enum Main {
    /// It was interrupted at a breakpoint, and leaves all its blocks.
    Broken,
    Raising {
        own_status: bool,
    },
    Raised,
    Handled,
    Handling,
}

/// What is the same throughout one sequence.
#[derive(Debug, Clone, Copy)]
pub(super) struct Scene {
    pub(super) rules: Rules,
    /// The supervisor never misses a tick.
    pub(super) prompt: bool,
    /// The census names the block that lapses last, not the one that started first.
    pub(super) latest: bool,
    /// A long block is open from the beginning: without one, most sequences are over with their first event.
    pub(super) busy: bool,
}

/// The longest that a block of a sequence lasts.
pub(super) const LONGEST: Span = Span::from_millis(5000);

/// Of all systems together: the rules know none.
pub(super) const EVENTS: [Arrival; 20] = {
    use ShutdownEvent::*;
    const fn by(window: bool, event: ShutdownEvent, grant: Option<u64>) -> Arrival {
        let grant = if let Some(millis) = grant { Some(Span::from_millis(millis)) } else { None };
        Arrival { event, window, grant }
    }
    let [int, term, hup] = [by(false, SigInt, None), by(false, SigTerm, None), by(false, SigHup, None)];
    let [quit, request] = [by(false, SigQuit, None), by(false, Request, None)];
    let [ctrl_c, ctrl_break, sig_break] =
        [by(false, CtrlC, None), by(false, CtrlBreak, None), by(false, SigBreak, None)];
    let [close, logoff, shutdown] =
        [by(false, CtrlClose, Some(5000)), by(false, CtrlLogoff, Some(900)), by(false, CtrlShutdown, Some(2000))];
    let [wm_close, wm_logoff, wm_shutdown] =
        [by(true, CtrlClose, None), by(true, CtrlLogoff, Some(5000)), by(true, CtrlShutdown, Some(400))];
    [
        int,
        int,
        int,
        term,
        term,
        term,
        hup,
        hup,
        hup,
        quit,
        request,
        ctrl_c,
        ctrl_break,
        sig_break,
        close,
        logoff,
        shutdown,
        wm_close,
        wm_logoff,
        wm_shutdown,
    ]
};

/// Around [`SAME_ATTEMPT`], and around what the scenes choose.
pub(super) const MILLIS: [u64; 15] = [0, 1, 10, 20, 40, 49, 50, 51, 90, 200, 400, 500, 900, 1500, 6000];
