//! The rules one by one, as tables: what comes when, with what open, and what the machine has to answer.
//!
//! A random sequence finds what nobody thought of; these say what was meant, and fail by the name of the rule.

mod attempts;
mod ending;
mod granted;
mod handled;
mod hangup;
mod holding;
mod leaving;
mod raising;
mod status;
mod verdicts;

use super::{Arrival, Census, Effects, Ending, Input, Left, Machine, Rules};
use crate::event::ShutdownEvent;
use crate::time::{Span, Time};
use ShutdownEvent::{Exit, Request, SigHup, SigInt, SigQuit, SigTerm};

const RULES: Rules = Rules {
    max_attempts: 3,
    terminate_on_hup: true,
    terminate_on_logoff: true,
    before_hup: false,
    before_termination: false,
    callback_time: Span::from_millis(1000),
    unwind_time: Span::from_millis(500),
    raises: false,
};
const WITH_TERMINATION: Rules = Rules { before_termination: true, ..RULES };
const WITH_HUP: Rules = Rules { before_hup: true, ..RULES };
const WITH_BOTH: Rules = Rules { before_hup: true, ..WITH_TERMINATION };

const NOTHING: Effects = Effects {
    announce: false,
    call_before_hup: false,
    call_before_termination: false,
    tell: false,
    ask: false,
    die: None,
};
const ANNOUNCE: Effects = Effects { announce: true, ..NOTHING };
const CALL_HUP: Effects = Effects { call_before_hup: true, ..NOTHING };
const CALL_TERMINATION: Effects = Effects { call_before_termination: true, ..NOTHING };
const ANNOUNCE_AND_CALL: Effects = Effects { announce: true, ..CALL_TERMINATION };

const QUIET: Input = Input::Ended(Ending::Quiet);
const UNWINDING: Input = Input::Ended(Ending::Unwinding);
/// A block is open, and for long.
const OPEN: Option<Time> = Some(Time(100_000_000_000));

const fn event(event: ShutdownEvent) -> Input {
    Input::Event(Arrival { event, window: false, grant: None })
}

const fn die(event: ShutdownEvent) -> Effects {
    Effects { die: Some(event), ..NOTHING }
}

fn announce_and_die(event: ShutdownEvent) -> Effects {
    ANNOUNCE.and(die(event))
}

const fn ms(millis: u64) -> Time {
    Time(millis * 1_000_000)
}

/// When, what, until when a block holds the end, and the answer.
type Row = (Time, Input, Option<Time>, Effects);

#[track_caller]
fn play(machine: &mut Machine, rows: &[Row]) {
    for (at, (now, input, holds, expected)) in rows.iter().enumerate() {
        let census = Census { holds: *holds, someone_told: false };
        assert_eq!(machine.step(*input, *now, census), *expected, "row {at}: {input:?} at {now:?} with {holds:?}");
    }
}

/// A machine of these rules, to which this has happened.
#[track_caller]
fn played(rules: Rules, rows: &[Row]) -> Machine {
    let mut machine = Machine::new(rules);
    play(&mut machine, rows);
    machine
}
