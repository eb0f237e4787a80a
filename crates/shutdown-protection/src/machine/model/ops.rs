//! What may happen in a sequence, and the configurations that it may happen under.
//!
//! The times lie around the limits of the rules, so that a boundary that is off by one shows.

use proptest::prelude::*;

use crate::event::ShutdownEvent;
use crate::machine::{Arrival, Rules};
use crate::time::Span;

#[derive(Debug, Clone, Copy)]
pub(super) enum Op {
    Event(Arrival),
    /// Milliseconds.
    Advance(u64),
    /// To the time at which the machine wants a tick, and so many nanoseconds away from it.
    ToTick(i64),
    Tick,
    Start {
        owner: usize,
        exec: u64,
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
}

impl Op {
    fn decode(code: u32) -> Self {
        let mut rest = code as usize;
        let mut pick = |of: usize| {
            let picked = rest % of;
            rest /= of;
            picked
        };
        match pick(32) {
            0..6 => Self::Event(EVENTS[pick(EVENTS.len())]),
            6..11 => Self::Advance(MILLIS[pick(MILLIS.len())]),
            11..14 => Self::ToTick(pick(3) as i64 - 1),
            14 => Self::Tick,
            15..20 => Self::Start {
                owner: pick(3),
                exec: [60, 300, 1000, LONGEST.0 / 1_000_000][pick(4)],
                drain: pick(2) == 1,
                regardless: pick(2) == 1,
            },
            20..22 => Self::Break(pick(4)),
            22 => Self::CheckDeadline(pick(4)),
            23 => Self::Renew(pick(4)),
            24..27 => Self::End { block: pick(4), error: pick(2) == 1 },
            27..29 => Self::HupReturns,
            29..31 => Self::TerminationReturns,
            _ if pick(2) == 0 => Self::Exit,
            _ => Self::Cancel,
        }
    }
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
const EVENTS: [Arrival; 20] = {
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
const MILLIS: [u64; 15] = [0, 1, 10, 20, 40, 49, 50, 51, 90, 200, 400, 500, 900, 1500, 6000];

pub(super) fn events() -> impl Strategy<Value = Arrival> {
    prop::sample::select(&EVENTS[..])
}

/// Decoded from numbers: a tree of strategies would cost ten times the sequence itself.
pub(super) fn ops() -> impl Strategy<Value = Vec<Op>> {
    prop::collection::vec(any::<u32>(), 1..40).prop_map(|codes| codes.into_iter().map(Op::decode).collect())
}

pub(super) fn scenes() -> impl Strategy<Value = Scene> {
    let rules =
        (1_u32..7, any::<[bool; 4]>(), prop::sample::select(vec![30, 300, 2000]), prop::sample::select(vec![40, 500]))
            .prop_map(
                |(
                    max_attempts,
                    [terminate_on_hup, terminate_on_logoff, before_hup, before_termination],
                    callback,
                    unwind,
                )| Rules {
                    max_attempts,
                    terminate_on_hup,
                    terminate_on_logoff,
                    before_hup,
                    before_termination,
                    callback_time: Span::from_millis(callback),
                    unwind_time: Span::from_millis(unwind),
                    raises: false,
                },
            );
    (rules, any::<[bool; 3]>()).prop_map(|(rules, [prompt, latest, busy])| Scene { rules, prompt, latest, busy })
}
