//! C9, C11 to C13: what an owner meets at the start of a block, at a breakpoint and at its deadline.

use super::*;
use crate::error::{InterruptCause, Interrupted};
use crate::machine::{Nest, Verdict};
use InterruptCause::{Attempts, Break, Deadline};

const NOW: Time = ms(100);
/// Alone, with time left; lapsed at this very moment; lapsed by the census, which knows no deadline.
const TIME_LEFT: Nest = Nest { outer_open: false, outer_holds: false, deadline: Some(ms(101)) };
const LAPSED: Nest = Nest { deadline: Some(NOW), ..TIME_LEFT };
/// Inside another block of the owner.
const INNER: Nest = Nest { outer_open: true, outer_holds: true, ..TIME_LEFT };
const OUTER_LAPSED: Nest = Nest { outer_holds: false, ..INNER };

/// Every state in which something is pending, with its status and its attempts.
fn pending() -> Vec<(&'static str, Machine, ShutdownEvent, u32)> {
    let first = (ms(0), event(SigInt), OPEN, ANNOUNCE);
    let runs = [first, (ms(1), UNWINDING, None, CALL_TERMINATION)];
    let delivered = [runs[0], runs[1], (ms(2), Input::TerminationDone, None, NOTHING)];
    let more = [first, (ms(1), event(SigTerm), OPEN, NOTHING), (ms(2), event(Request), OPEN, NOTHING)];
    vec![
        ("pending", played(WITH_TERMINATION, &[first]), SigInt, 1),
        ("two attempts", played(WITH_TERMINATION, &more), SigInt, 2),
        ("requested", played(RULES, &[(ms(0), event(Request), OPEN, ANNOUNCE)]), Request, 0),
        ("before_termination runs", played(WITH_TERMINATION, &runs), SigInt, 1),
        ("delivered", played(WITH_TERMINATION, &delivered), SigInt, 1),
        ("exiting", played(RULES, &[(ms(0), Input::Exit, OPEN, ANNOUNCE)]), Exit, 0),
    ]
}

fn forced() -> Machine {
    let rules = Rules { max_attempts: 2, ..WITH_TERMINATION };
    played(rules, &[(ms(0), event(SigInt), OPEN, ANNOUNCE), (ms(1), event(SigTerm), OPEN, CALL_TERMINATION)])
}

#[test]
fn c9_c11_c12_with_nothing_pending_everything_goes_on() {
    let reloads = Rules { terminate_on_hup: false, ..WITH_HUP };
    for machine in [Machine::new(RULES), played(reloads, &[(ms(0), event(SigHup), OPEN, CALL_HUP)])] {
        for nest in [TIME_LEFT, LAPSED, INNER, OUTER_LAPSED, Nest::default()] {
            assert_eq!(machine.at_break(nest, NOW), Verdict::Calm);
            assert_eq!(machine.at_deadline(nest, NOW), Verdict::Calm);
            assert_eq!(machine.at_start(nest, false), Verdict::Calm);
            assert_eq!(machine.at_start(nest, true), Verdict::Calm);
        }
    }
}

#[test]
fn c9_c13_a_breakpoint_interrupts_unless_an_outer_block_holds() {
    let table = [
        (TIME_LEFT, Some(Break)),
        (LAPSED, Some(Deadline)),
        (INNER, None),
        (OUTER_LAPSED, Some(Break)),
        (Nest { deadline: Some(ms(99)), ..OUTER_LAPSED }, Some(Deadline)),
        (Nest::default(), Some(Break)),
    ];
    check(table, |machine, nest| machine.at_break(nest, NOW));
}

/// Never before the deadline, and at it: a lapsed block protects nothing.
#[test]
fn c11_the_deadline_interrupts_when_it_has_come() {
    let table = [
        (TIME_LEFT, None),
        (LAPSED, Some(Deadline)),
        (INNER, None),
        (Nest { deadline: Some(ms(99)), ..OUTER_LAPSED }, Some(Deadline)),
        (Nest::default(), Some(Deadline)),
    ];
    check(table, |machine, nest| machine.at_deadline(nest, NOW));
}

#[test]
fn c12_a_start_is_a_break_unless_the_owner_has_a_block_open() {
    let table = [
        (Nest::default(), Some(Break)),
        (TIME_LEFT, Some(Break)),
        (LAPSED, Some(Break)),
        (INNER, None),
        (OUTER_LAPSED, None),
    ];
    check(table, |machine, nest| machine.at_start(nest, false));
    // `run_at_exit`, or in an exit function
    check(table.map(|(nest, _)| (nest, None)), |machine, nest| machine.at_start(nest, true));
}

fn check<const N: usize>(table: [(Nest, Option<InterruptCause>); N], ask: impl Fn(&Machine, Nest) -> Verdict) {
    for (name, machine, event, attempts) in pending() {
        for (nest, cause) in table {
            let expected =
                cause.map_or(Verdict::Hold, |cause| Verdict::Interrupt(Interrupted { event, cause, attempts }));
            assert_eq!(ask(&machine, nest), expected, "{name}: {nest:?}");
        }
    }
}

#[test]
fn c5_after_the_last_attempt_its_event_is_told_and_no_deadline_counts() {
    let machine = forced();
    let expected = Verdict::Interrupt(Interrupted { event: SigTerm, cause: Attempts, attempts: 2 });
    for nest in [TIME_LEFT, LAPSED] {
        assert_eq!(machine.at_break(nest, NOW), expected);
        assert_eq!(machine.at_deadline(nest, NOW), expected);
        assert_eq!(machine.at_start(nest, false), expected);
    }
}
