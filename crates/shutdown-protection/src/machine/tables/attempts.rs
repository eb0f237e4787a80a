//! C2 to C5, C19: what is an attempt, what the first does, and what the last does.

use super::*;
use crate::error::Interrupted;
use crate::machine::{Nest, SAME_ATTEMPT, Verdict};

const MANY: Rules = Rules { max_attempts: 100, ..RULES };

fn attempts(machine: &Machine) -> u32 {
    match machine.at_break(Nest::default(), ms(0)) {
        Verdict::Interrupt(Interrupted { attempts, .. }) => attempts,
        other => panic!("{other:?}"),
    }
}

#[test]
fn c2_what_comes_within_50_ms_of_its_kind_is_the_same_attempt() {
    assert_eq!(SAME_ATTEMPT, Span::from_millis(50));
    let after = |nanos: u64| Time(ms(7).0 + nanos);
    let table = [
        (SigInt, SigInt, 0, 1),
        (SigInt, SigInt, 50_000_000, 1),
        (SigInt, SigInt, 50_000_001, 2),
        (SigTerm, SigTerm, 50_000_000, 1),
        (SigTerm, SigTerm, 50_000_001, 2),
        (SigQuit, SigQuit, 50_000_000, 1),
        (SigQuit, SigQuit, 50_000_001, 2),
        (SigInt, SigTerm, 0, 2),
        (SigTerm, SigQuit, 1, 2),
        (SigHup, SigHup, 0, 1),
        (SigHup, SigHup, 90_000_000_000, 1),
        (SigHup, SigInt, 0, 2),
        (Request, Request, 1_000_000_000, 0),
        (Request, SigInt, 0, 1),
        (SigInt, Request, 1_000_000_000, 1),
    ];
    for (first, second, gap, expected) in table {
        let machine =
            played(MANY, &[(after(0), event(first), OPEN, ANNOUNCE), (after(gap), event(second), OPEN, NOTHING)]);
        assert_eq!(attempts(&machine), expected, "{first}, and {gap} ns later {second}");
    }
}

/// Not the last one of a burst: else a signal sent every 40 ms would never count again.
#[test]
fn c2_the_first_of_a_burst_opens_the_window() {
    let mut machine = played(MANY, &[(ms(0), event(SigTerm), OPEN, ANNOUNCE)]);
    for (at, expected) in [(40, 1), (50, 1), (60, 2), (100, 2), (110, 2), (111, 3), (150, 3)] {
        play(&mut machine, &[(ms(at), event(SigTerm), OPEN, NOTHING)]);
        assert_eq!(attempts(&machine), expected, "at {at} ms");
    }
}

#[test]
fn c3_with_no_block_open_an_event_ends_the_process_at_once() {
    for first in [SigInt, SigTerm, SigQuit, SigHup, Request] {
        played(RULES, &[(ms(0), event(first), None, announce_and_die(first))]);
        played(
            WITH_TERMINATION,
            &[
                (ms(0), event(first), None, ANNOUNCE_AND_CALL),
                (ms(999), Input::Tick, None, NOTHING),
                (ms(999), Input::TerminationDone, None, die(first)),
            ],
        );
    }
}

#[test]
fn c4_with_a_block_open_the_first_event_makes_it_pending_and_nothing_else() {
    for first in [SigInt, SigTerm, SigQuit, SigHup, Request] {
        let mut machine = Machine::new(WITH_TERMINATION);
        assert!(!machine.is_pending());
        play(&mut machine, &[(ms(0), event(first), OPEN, ANNOUNCE), (ms(1), Input::Tick, OPEN, NOTHING)]);
        assert!(machine.is_pending());
        assert_eq!(machine.first_event(), Some(first));
        assert!(!machine.ends_quietly() && !machine.lets_exit(OPEN) && !machine.lets_exit(None));
    }
}

#[test]
fn c5_the_attempt_that_reaches_the_maximum_ends_it() {
    for max_attempts in 1..6 {
        let mut machine = Machine::new(Rules { max_attempts, ..RULES });
        for attempt in 1..=u64::from(max_attempts) {
            let first = if attempt == 1 { ANNOUNCE } else { NOTHING };
            let last = if attempt == u64::from(max_attempts) { die(SigInt) } else { NOTHING };
            play(&mut machine, &[(ms(attempt * 51), event(SigInt), OPEN, first.and(last))]);
        }
    }
}

#[test]
fn c5_a_before_termination_gets_the_time_to_unwind() {
    let forced =
        played(Rules { max_attempts: 1, ..WITH_TERMINATION }, &[(ms(0), event(SigInt), OPEN, ANNOUNCE_AND_CALL)]);
    assert!(forced.ends_quietly());
    assert_eq!(forced.next_tick(OPEN), Some(ms(500)));
    let mut returns = forced.clone();
    play(&mut returns, &[(ms(3), Input::TerminationDone, OPEN, die(SigInt))]);
    let mut hangs = forced;
    play(&mut hangs, &[(ms(499), Input::Tick, OPEN, NOTHING), (ms(500), Input::Tick, OPEN, die(SigInt))]);
}

#[test]
fn c5_a_later_attempt_ends_it_at_once() {
    let rows = [
        (ms(0), event(SigInt), OPEN, ANNOUNCE_AND_CALL),
        (ms(50), event(SigInt), OPEN, NOTHING),
        (ms(51), event(SigInt), OPEN, die(SigInt)),
    ];
    played(Rules { max_attempts: 1, ..WITH_TERMINATION }, &rows);
}

/// A `before_termination` that runs, or that has run, is neither awaited nor called again.
#[test]
fn c5_before_termination_is_not_called_twice() {
    let rules = Rules { max_attempts: 2, ..WITH_TERMINATION };
    let runs = [(ms(0), event(SigInt), None, ANNOUNCE_AND_CALL), (ms(1), event(SigTerm), None, die(SigTerm))];
    played(rules, &runs);
    played(
        rules,
        &[
            (ms(0), event(SigInt), OPEN, ANNOUNCE),
            (ms(1), UNWINDING, None, CALL_TERMINATION),
            (ms(2), Input::TerminationDone, None, NOTHING),
            (ms(3), event(SigTerm), None, die(SigTerm)),
        ],
    );
}

/// C5 wins over the call that delays a hangup.
#[test]
fn c5_no_before_hup_holds_the_last_attempt_back() {
    let rules = Rules { max_attempts: 1, terminate_on_hup: false, callback_time: Span::from_millis(100), ..WITH_BOTH };
    let mut machine = played(
        rules,
        &[
            (ms(0), event(SigHup), OPEN, CALL_HUP),
            (ms(1), event(Request), None, ANNOUNCE),
            (ms(60), Input::Tick, None, NOTHING),
        ],
    );
    assert_eq!(machine.next_tick(None), Some(ms(100)));
    let attempt = [(ms(70), event(SigInt), None, CALL_TERMINATION), (ms(100), Input::Tick, None, NOTHING)];
    play(&mut machine, &attempt);
    // the limit of the other call is over, and not wanted again: a supervisor would spin (C25)
    assert!(machine.next_tick(None).is_some_and(|tick| tick > ms(100)));
    play(&mut machine, &[(ms(570), Input::Tick, None, die(SigInt))]);
}

#[test]
fn c19_the_status_is_the_first_events_and_forced_the_last_attempts() {
    let mut machine = Machine::new(WITH_TERMINATION);
    assert_eq!(machine.status_at_exit(Left::Unknown), None);
    let rows = [
        (ms(0), event(Request), OPEN, ANNOUNCE),
        (ms(1), event(SigInt), OPEN, NOTHING),
        (ms(2), event(SigTerm), OPEN, NOTHING),
    ];
    play(&mut machine, &rows);
    assert_eq!(machine.status_at_exit(Left::Unknown), Some(Request));
    play(&mut machine, &[(ms(3), event(SigQuit), OPEN, CALL_TERMINATION)]);
    assert_eq!((machine.first_event(), machine.status_at_exit(Left::Unknown)), (Some(Request), Some(SigQuit)));
    // what is no attempt does not change it
    play(&mut machine, &[(ms(4), event(Request), OPEN, NOTHING), (ms(5), Input::TerminationDone, OPEN, die(SigQuit))]);
}

#[test]
fn c30_a_new_maximum_counts_from_the_next_attempt() {
    let mut machine = played(RULES, &[(ms(0), event(SigInt), OPEN, ANNOUNCE), (ms(60), event(SigInt), OPEN, NOTHING)]);
    machine.set_rules(Rules { max_attempts: 1, ..RULES });
    play(&mut machine, &[(ms(61), Input::Tick, OPEN, NOTHING), (ms(120), event(SigInt), OPEN, die(SigInt))]);
}
