//! C9, C12: which of the open blocks hold the end.

use super::*;
use crate::machine::Holding;

const BREAK: Input = Input::Broken { started: 7 };
/// Raised in the main thread, whatever is configured.
const RAISES: Rules = Rules { raises: true, unwind_time: Span(u64::MAX), ..RULES };
const TELL: Effects = Effects { tell: true, ..NOTHING };

/// Of blocks that were started at 0 ms: the main thread's own up to this one do not count, the next one does.
#[track_caller]
fn check_left(holding: Holding, last: u64) {
    for (number, counts) in [(Some(last.max(1)), last == 0), (Some(1), last == 0), (Some(last + 1), true), (None, true)]
    {
        assert_eq!(holding.counts(ms(0), number), counts, "{number:?}");
    }
}

#[test]
fn c9_c18_the_main_thread_waits_for_no_block_that_it_leaves_by_an_interrupt() {
    let mut machine = played(RAISES, &[(ms(0), event(SigTerm), OPEN, ANNOUNCE)]);
    check_left(machine.holding_behind(Input::Tick), 0);
    // The census of this very step knows; and other owners' blocks are waited for.
    check_left(machine.holding_behind(BREAK), 7);
    play(&mut machine, &[(ms(1), BREAK, OPEN, NOTHING)]);
    check_left(machine.holding_behind(Input::Tick), 7);
    // One that it starts while it unwinds is left by the next one only.
    let again = Input::Broken { started: 9 };
    check_left(machine.holding_behind(again), 9);
    play(&mut machine, &[(ms(2), again, None, TELL)]);
    for input in [Input::Tick, UNWINDING, event(SigInt), Input::Raised, Input::Handling, Input::GivenBack, Input::Exit]
    {
        check_left(machine.holding_behind(input), 9);
    }
}

/// What it leaves vanishes like blocks that have ended: the program unwinds at once, whatever deadline was known.
#[test]
fn c9_an_interrupt_of_the_main_thread_is_an_end() {
    let mut machine = played(RULES, &[(ms(0), event(SigTerm), OPEN, ANNOUNCE), (ms(10), BREAK, None, NOTHING)]);
    assert!(machine.told().is_some() && !machine.ends_quietly());
    play(&mut machine, &[(ms(20), Input::Tick, Some(ms(300)), NOTHING), (ms(400), BREAK, None, NOTHING)]);
    assert_eq!(machine.next_tick(None), Some(ms(900)), "its time to unwind runs from there");
}

#[test]
fn c9_with_nothing_pending_nobody_is_interrupted() {
    let mut machine = Machine::new(RAISES);
    check_left(machine.holding_behind(BREAK), 0);
    play(&mut machine, &[(ms(0), BREAK, OPEN, NOTHING), (ms(1), event(SigTerm), OPEN, ANNOUNCE)]);
    check_left(machine.holding_behind(Input::Tick), 0);
}

#[test]
fn c26_the_blocks_in_which_the_main_thread_lives_on_hold_again() {
    let rows =
        [(ms(0), event(SigInt), OPEN, ANNOUNCE), (ms(1), BREAK, None, TELL), (ms(2), Input::Raised, None, NOTHING)];
    let met = played(RAISES, &rows);
    // What has come since finds them open, and waits.
    let mut machine = met.clone();
    play(&mut machine, &[(ms(100), event(SigTerm), None, Effects { ask: true, ..NOTHING })]);
    check_left(machine.holding_behind(Input::Handled), 0);
    play(&mut machine, &[(ms(101), Input::Handled, OPEN, ANNOUNCE)]);
    assert!(machine.is_pending() && machine.told().is_none());
    check_left(machine.holding_behind(Input::Tick), 0);

    let mut machine = met;
    assert!(machine.cancel());
    check_left(machine.holding_behind(Input::Tick), 0);
}

/// Whoever's it is.
#[test]
fn c12_c24_a_block_that_was_started_too_late_does_not_count() {
    let rows = [(ms(0), event(SigTerm), OPEN, ANNOUNCE), (ms(10), UNWINDING, None, NOTHING)];
    let holding = played(RULES, &rows).holding_behind(Input::Tick);
    for number in [None, Some(1)] {
        assert!(holding.counts(ms(1010), number) && !holding.counts(ms(1011), number));
    }
    assert!(Machine::new(RULES).holding_behind(Input::Tick).counts(Time::NEVER, None));
}

/// Until the end is delivered, or the last attempt has come (C5); then a loop that is being wound up is not held up.
#[test]
fn c14_c15_a_loop_goes_on_for_the_open_blocks_of_its_tasks_while_the_end_waits_for_them() {
    assert!(!Machine::new(RAISES).holds_loops(ms(0)));
    let mut machine = played(RAISES, &[(ms(0), event(SigTerm), OPEN, ANNOUNCE)]);
    assert!(machine.holds_loops(ms(0)) && machine.holds_loops(ms(1)));

    let mut cancelled = machine.clone();
    assert!(cancelled.cancel() && !cancelled.holds_loops(ms(0)));

    let mut forced = machine.clone();
    play(&mut forced, &[(ms(100), event(SigTerm), OPEN, NOTHING), (ms(200), event(SigTerm), OPEN, TELL)]);
    assert!(forced.is_forced() && !forced.holds_loops(ms(0)));

    play(&mut machine, &[(ms(1), QUIET, None, TELL)]);
    assert!(!machine.holds_loops(ms(0)));
}
