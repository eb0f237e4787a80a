//! C5, C16, C17, C24 where the end is an exception in the main thread.

use super::*;
use ShutdownEvent::{CtrlBreak, CtrlC, CtrlClose};

pub(super) const RAISES: Rules = Rules { raises: true, unwind_time: Span(u64::MAX), ..RULES };
pub(super) const TELL: Effects = Effects { tell: true, ..NOTHING };
pub(super) const ASK: Effects = Effects { ask: true, ..NOTHING };

pub(super) fn announce_and_tell() -> Effects {
    ANNOUNCE.and(TELL)
}

/// What the main thread is told: by which event, and is it a `KeyboardInterrupt`?
pub(super) fn told(machine: &Machine) -> Option<(ShutdownEvent, bool)> {
    machine.told().map(|told| (told.event, told.interrupt))
}

/// A `KeyboardInterrupt` that the main thread has met.
pub(super) const INTERRUPTED: [Row; 2] =
    [(ms(0), event(SigInt), None, Effects { announce: true, ..TELL }), (ms(1), Input::Raised, None, NOTHING)];

/// When which events came, the first, and is it a `KeyboardInterrupt`?
type Told = (&'static [(u64, ShutdownEvent)], ShutdownEvent, bool);

#[test]
fn c17_one_sigint_or_ctrl_c_alone_is_a_keyboard_interrupt() {
    let table: [Told; 11] = [
        (&[(0, SigInt)], SigInt, true),
        (&[(0, SigInt), (20, SigInt)], SigInt, true), // one attempt
        (&[(0, SigInt), (100, SigInt)], SigInt, false),
        (&[(0, SigInt), (1, SigTerm)], SigInt, false),
        (&[(0, SigTerm)], SigTerm, false),
        (&[(0, CtrlC)], CtrlC, true),
        (&[(0, CtrlC), (20, SigInt)], CtrlC, true), // its twin
        (&[(0, SigInt), (20, CtrlC)], SigInt, true),
        (&[(0, CtrlC), (100, SigInt)], CtrlC, false),
        (&[(0, CtrlC), (1, CtrlClose)], CtrlC, false),
        (&[(0, CtrlBreak)], CtrlBreak, false),
    ];
    for (events, first, interrupt) in table {
        let mut machine = Machine::new(Rules { max_attempts: 9, ..RAISES });
        for (at, sent) in events {
            let _ = machine.step(event(*sent), ms(*at), Census { holds: OPEN, someone_told: false });
        }
        assert_eq!(told(&machine), None, "a block is open");
        play(&mut machine, &[(ms(200), UNWINDING, None, TELL)]);
        assert_eq!(told(&machine), Some((first, interrupt)), "{events:?}");
    }
}

#[test]
fn c3_c15_the_end_is_never_the_end_of_the_process() {
    let mut machine = played(RAISES, &[(ms(0), event(SigTerm), None, announce_and_tell())]);
    // However long the program unwinds.
    play(&mut machine, &[(ms(1_000_000), Input::Tick, None, NOTHING)]);
    let mut machine = played(RAISES, &[(ms(0), event(SigTerm), OPEN, ANNOUNCE), (ms(1), QUIET, None, TELL)]);
    assert_eq!(told(&machine), Some((SigTerm, false)));
    // C24: unless the configuration says so.
    machine.set_rules(Rules { unwind_time: Span::from_millis(500), ..RAISES });
    play(&mut machine, &[(ms(500), Input::Tick, None, NOTHING), (ms(501), Input::Tick, None, die(SigTerm))]);
}

#[test]
fn c16_before_termination_comes_before_what_is_told() {
    let rules = Rules { before_termination: true, ..RAISES };
    let rows = [(ms(0), event(SigInt), None, ANNOUNCE_AND_CALL), (ms(5), Input::TerminationDone, None, TELL)];
    let machine = played(rules, &rows[..1]);
    assert_eq!(told(&machine), None);
    assert_eq!(told(&played(rules, &rows)), Some((SigInt, true)));
}

#[test]
fn c24_a_before_termination_that_hangs_ends_the_process_where_it_is_to_end() {
    let rules = Rules { before_termination: true, unwind_time: Span::from_millis(500), ..RAISES };
    let called = (ms(0), event(SigTerm), None, ANNOUNCE_AND_CALL);
    played(rules, &[called, (ms(499), Input::Tick, None, NOTHING), (ms(500), Input::Tick, None, die(SigTerm))]);
    // Where it is not, the callback has its own time, and then the main thread is told.
    let never = Rules { before_termination: true, ..RAISES };
    played(never, &[called, (ms(999), Input::Tick, None, NOTHING), (ms(1000), Input::Tick, None, TELL)]);
}

#[test]
fn c25_nothing_is_waited_for_that_the_last_attempt_has_ended() {
    let rules = Rules { before_hup: true, max_attempts: 2, ..RAISES };
    let mut machine = played(rules, &[(ms(0), event(SigHup), OPEN, CALL_HUP), (ms(1), event(SigTerm), OPEN, ANNOUNCE)]);
    // One more call is to come, and the end of the last block waits for this one; which hangs, and then its event goes on.
    play(&mut machine, &[(ms(2), event(SigHup), OPEN, NOTHING), (ms(3), UNWINDING, None, NOTHING)]);
    play(&mut machine, &[(ms(1000), Input::Tick, None, TELL)]);
    assert_eq!(machine.next_tick(None), Some(Time::NEVER));
}

#[test]
fn c12_c24_a_block_in_a_before_termination_has_its_time_and_the_program_time_to_unwind() {
    let rules = Rules { before_termination: true, unwind_time: Span::from_millis(500), ..RAISES };
    let called = (ms(0), event(SigTerm), None, ANNOUNCE_AND_CALL);
    let open = Some(ms(800));
    let held = [called, (ms(100), Input::Tick, open, NOTHING), (ms(500), Input::Tick, open, NOTHING)];
    // It ends, and the hard stage counts from then; or it lapses.
    for (at, over) in [(600, UNWINDING), (900, Input::Tick)] {
        let mut machine = played(rules, &held);
        assert_eq!(machine.next_tick(open), open);
        let over_at = at.min(800);
        play(&mut machine, &[(ms(at), over, None, NOTHING), (ms(over_at + 499), Input::Tick, None, NOTHING)]);
        assert_eq!(machine.next_tick(None), Some(ms(over_at + 500)));
        play(&mut machine, &[(ms(over_at + 500), Input::Tick, None, die(SigTerm))]);
    }
    // Not one after another for ever.
    assert_eq!(played(rules, &[called]).last_start(), ms(1000));
    // C5: blocks or not.
    let last = Rules { max_attempts: 1, ..rules };
    let called = (ms(0), event(SigTerm), open, ANNOUNCE_AND_CALL);
    played(last, &[called, (ms(500), Input::Tick, open, die(SigTerm))]);
    played(last, &[called, (ms(100), UNWINDING, None, NOTHING), (ms(500), Input::Tick, None, die(SigTerm))]);
}

#[test]
fn c5_the_last_attempt_is_told_whatever_is_open_and_the_next_one_ends_it_unless_it_unwinds() {
    let rows = [
        (ms(0), event(SigTerm), OPEN, ANNOUNCE),
        (ms(100), event(SigTerm), OPEN, NOTHING),
        (ms(200), event(SigQuit), OPEN, TELL),
    ];
    let mut machine = played(RAISES, &rows);
    assert_eq!(told(&machine), Some((SigQuit, false)));
    assert!(machine.told().is_some_and(|told| told.forced));
    // Nobody was there to raise it.
    play(&mut machine, &[(ms(300), event(SigInt), OPEN, die(SigInt))]);

    let mut machine = played(RAISES, &rows);
    let raised = [
        (ms(210), Input::Raised, OPEN, NOTHING),
        (ms(300), event(SigInt), OPEN, NOTHING),
        (ms(1210), event(SigTerm), OPEN, NOTHING),
    ];
    play(&mut machine, &raised);
    assert_eq!(told(&machine), Some((SigQuit, false)), "what is ignored changes no status");
    play(&mut machine, &[(ms(1300), event(SigInt), OPEN, die(SigInt))]);
}

#[test]
fn c5_the_exit_waits_for_no_block_after_the_last_attempt() {
    let rules = Rules { max_attempts: 1, ..RAISES };
    let machine =
        played(rules, &[(ms(0), event(SigTerm), OPEN, announce_and_tell()), (ms(1), Input::Exit, OPEN, NOTHING)]);
    assert!(machine.lets_exit(OPEN));
}

/// Nobody has met it yet.
#[test]
fn c17_what_comes_until_it_is_met_decides_which_it_is() {
    let mut machine = played(RAISES, &INTERRUPTED[..1]);
    assert_eq!(told(&machine), Some((SigInt, true)));
    play(&mut machine, &[(ms(60), event(SigTerm), None, NOTHING)]);
    assert_eq!(told(&machine), Some((SigInt, false)));

    let taken = [(ms(60), event(SigTerm), None, ASK), (ms(61), Input::GivenBack, None, NOTHING)];
    let mut machine = played(RAISES, &INTERRUPTED);
    play(&mut machine, &taken);
    assert_eq!(told(&machine), Some((SigInt, false)), "by an event loop that has ended");
}

#[test]
fn c28_on_the_way_out_nothing_is_told() {
    let rows = [(ms(0), Input::Exit, None, NOTHING), (ms(1), event(SigTerm), None, ANNOUNCE)];
    let machine = played(RAISES, &rows);
    assert_eq!(machine.status_at_exit(Left::Unknown), Some(SigTerm));
}
