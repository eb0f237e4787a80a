//! C15 to C17, C20, C24, C25: when the end comes, and how.

use super::*;

/// A shutdown whose only block has told its owner and is gone: delivered at 10 ms.
fn delivered(rules: Rules) -> Machine {
    played(rules, &[(ms(0), event(SigTerm), OPEN, ANNOUNCE), (ms(10), UNWINDING, None, NOTHING)])
}

#[test]
fn c15_the_end_waits_for_the_last_block() {
    for ended in [QUIET, UNWINDING] {
        let answer = if ended == QUIET { die(SigTerm) } else { NOTHING };
        played(
            RULES,
            &[
                (ms(0), event(SigTerm), OPEN, ANNOUNCE),
                (ms(1), ended, OPEN, NOTHING),
                (ms(2), Input::Tick, OPEN, NOTHING),
                (ms(3), ended, None, answer),
            ],
        );
    }
}

#[test]
fn c15_a_block_that_was_opened_during_before_termination_is_not_torn() {
    let called = played(WITH_TERMINATION, &[(ms(0), event(SigTerm), None, ANNOUNCE_AND_CALL)]);
    for over in [(ms(10), Input::TerminationDone), (ms(1000), Input::Tick)] {
        let mut machine = called.clone();
        play(&mut machine, &[(over.0, over.1, OPEN, NOTHING), (ms(1001), Input::Tick, OPEN, NOTHING)]);
        assert!(machine.is_pending() && !machine.ends_quietly());
        play(&mut machine, &[(ms(1002), QUIET, None, die(SigTerm))]);
    }
}

#[test]
fn c16_before_termination_comes_when_the_last_block_is_done() {
    let mut machine = played(
        WITH_TERMINATION,
        &[
            (ms(0), event(SigTerm), OPEN, ANNOUNCE),
            (ms(1), QUIET, OPEN, NOTHING),
            (ms(2), QUIET, None, CALL_TERMINATION),
            (ms(3), QUIET, None, NOTHING),
            (ms(4), event(SigInt), None, NOTHING),
        ],
    );
    assert!(machine.ends_quietly());
    play(&mut machine, &[(ms(5), Input::TerminationDone, None, die(SigTerm))]);
}

#[test]
fn c16_a_before_termination_that_hangs_does_not_keep_the_program_alive() {
    for (ended, at_limit) in [(QUIET, die(SigTerm)), (UNWINDING, NOTHING)] {
        let mut machine = played(
            WITH_TERMINATION,
            &[(ms(0), event(SigTerm), OPEN, ANNOUNCE), (ms(10), ended, None, CALL_TERMINATION)],
        );
        assert_eq!(machine.next_tick(None), Some(ms(1010)));
        play(&mut machine, &[(ms(1009), Input::Tick, None, NOTHING), (ms(1010), Input::Tick, None, at_limit)]);
        if ended == UNWINDING {
            let rows = [(ms(1011), Input::TerminationDone, None, NOTHING), (ms(1510), Input::Tick, None, die(SigTerm))];
            play(&mut machine, &rows);
        }
    }
}

#[test]
fn c16_a_late_return_of_before_termination_is_nothing() {
    let mut machine = Machine::new(WITH_TERMINATION);
    let rows = [(ms(0), Input::TerminationDone, None, NOTHING), (ms(1), event(SigInt), OPEN, ANNOUNCE)];
    play(&mut machine, &rows);
    play(&mut machine, &[(ms(2), Input::TerminationDone, OPEN, NOTHING)]);
}

#[test]
fn c17_a_guard_that_nobody_interrupted_ends_the_process_in_its_drop() {
    played(RULES, &[(ms(0), event(SigQuit), OPEN, ANNOUNCE), (ms(1), QUIET, None, die(SigQuit))]);
}

#[test]
fn c17_c24_an_interrupted_owner_unwinds_for_its_time() {
    let mut machine = delivered(RULES);
    assert!(!machine.ends_quietly() && machine.lets_exit(None) && !machine.lets_exit(OPEN));
    assert_eq!(machine.next_tick(None), Some(ms(510)));
    play(&mut machine, &[(ms(509), Input::Tick, None, NOTHING), (ms(510), Input::Tick, None, die(SigTerm))]);
}

#[test]
fn c11_c17_a_lapse_lets_the_program_unwind() {
    let lapses = Some(ms(100));
    let mut machine = played(RULES, &[(ms(0), event(SigTerm), lapses, ANNOUNCE)]);
    assert_eq!(machine.next_tick(lapses), Some(ms(100)));
    play(&mut machine, &[(ms(99), Input::Tick, lapses, NOTHING), (ms(100), Input::Tick, None, NOTHING)]);
    assert_eq!(machine.next_tick(None), Some(ms(600)));
    play(&mut machine, &[(ms(600), Input::Tick, None, die(SigTerm))]);
}

#[test]
fn c20_once_delivered_more_events_change_nothing() {
    let mut machine = delivered(Rules { max_attempts: 4, ..RULES });
    for (at, more) in [(20, SigInt), (21, SigHup), (22, SigHup), (23, Request), (50, SigInt)] {
        play(&mut machine, &[(ms(at), event(more), None, NOTHING)]);
    }
    play(&mut machine, &[(ms(100), QUIET, None, NOTHING), (ms(101), UNWINDING, None, NOTHING)]);
    assert_eq!((machine.first_event(), machine.next_tick(None)), (Some(SigTerm), Some(ms(510))));
    play(&mut machine, &[(ms(102), event(SigQuit), None, die(SigQuit))]);
}

#[test]
fn c24_a_block_that_is_open_all_the_same_moves_the_time_to_unwind() {
    let until = Some(ms(800));
    let seen = [(ms(400), Input::Tick, until, NOTHING), (ms(510), Input::Tick, until, NOTHING)];
    // (what happens with nothing open any more, when the process ends)
    let table = [(ms(700), UNWINDING, 1200), (ms(800), Input::Tick, 1300), (ms(950), Input::Tick, 1300)];
    for (now, input, end) in table {
        let mut machine = delivered(RULES);
        play(&mut machine, &seen);
        assert_eq!(machine.next_tick(until), until);
        play(&mut machine, &[(now, input, None, NOTHING)]);
        assert_eq!(machine.next_tick(None), Some(ms(end)), "{input:?} at {now:?}");
        play(&mut machine, &[(ms(end - 1), Input::Tick, None, NOTHING), (ms(end), Input::Tick, None, die(SigTerm))]);
    }
}

#[test]
fn c24_so_does_one_that_was_open_when_the_end_was_delivered() {
    let until = Some(ms(900));
    played(
        WITH_TERMINATION,
        &[
            (ms(0), event(SigTerm), OPEN, ANNOUNCE),
            (ms(10), UNWINDING, None, CALL_TERMINATION),
            (ms(20), Input::TerminationDone, until, NOTHING),
            (ms(900), Input::Tick, None, NOTHING),
            (ms(1399), Input::Tick, None, NOTHING),
            (ms(1400), Input::Tick, None, die(SigTerm)),
        ],
    );
}

/// A thread that starts one block after another does not put the end off for ever (C12).
#[test]
fn c24_a_block_that_is_started_later_than_max_exec_time_holds_nothing() {
    let mut machine = played(RULES, &[(ms(0), event(SigTerm), OPEN, ANNOUNCE)]);
    assert_eq!(machine.last_start(), Time::NEVER);
    play(&mut machine, &[(ms(10), UNWINDING, None, NOTHING)]);
    // whatever is open, and whoever configures meanwhile
    machine.set_rules(Rules { callback_time: Span::from_millis(9000), ..RULES });
    for (at, ended) in [(400, UNWINDING), (800, QUIET), (1009, UNWINDING)] {
        play(&mut machine, &[(ms(at), Input::Tick, OPEN, NOTHING), (ms(at), ended, None, NOTHING)]);
        assert_eq!(machine.last_start(), ms(1010), "at {at} ms");
    }
    // one that was started in time has its time
    let until = Some(ms(7000));
    play(&mut machine, &[(ms(1010), Input::Tick, until, NOTHING), (ms(6999), Input::Tick, until, NOTHING)]);
    play(&mut machine, &[(ms(7000), Input::Tick, None, NOTHING), (ms(7500), Input::Tick, None, die(SigTerm))]);
    let mut cancelled = delivered(RULES);
    assert!(cancelled.cancel());
    assert_eq!(cancelled.last_start(), Time::NEVER);
}

/// The rest of its life belongs to whoever carries out the end.
#[test]
fn c19_a_process_that_was_told_to_end_is_told_nothing_more() {
    let mut machine = played(
        Rules { max_attempts: 2, ..WITH_BOTH },
        &[
            (ms(0), event(SigHup), OPEN, CALL_HUP),
            (ms(1), event(SigInt), OPEN, ANNOUNCE),
            (ms(2), event(SigTerm), OPEN, CALL_TERMINATION),
            (ms(3), Input::TerminationDone, OPEN, die(SigTerm)),
        ],
    );
    let inputs = [Input::Tick, QUIET, UNWINDING, Input::HupDone, Input::TerminationDone, Input::Exit];
    let events = [SigInt, SigTerm, SigQuit, SigHup, SigHup, Request].map(event);
    for (at, input) in inputs.into_iter().chain(events).enumerate() {
        let now = ms(at as u64 * 1000);
        play(&mut machine, &[(now, input, OPEN, NOTHING), (now, input, None, NOTHING)]);
        assert_eq!((machine.next_tick(OPEN), machine.next_tick(None)), (None, None), "after {input:?}");
    }
    assert!(machine.ends_quietly() && !machine.cancel() && !machine.lets_exit(None));
}

/// It lapsed, or waits for the others (C18): what it was told it can still act on.
#[test]
fn c17_while_an_owner_that_was_told_has_not_let_go_the_program_unwinds() {
    const TOLD: Census = Census { holds: None, someone_told: true };
    let open = |rules| played(rules, &[(ms(0), event(SigTerm), OPEN, ANNOUNCE)]);
    for rules in [RULES, WITH_TERMINATION] {
        let mut machine = open(rules);
        let answer = if rules.before_termination { CALL_TERMINATION } else { NOTHING };
        assert_eq!(machine.step(QUIET, ms(10), TOLD), answer);
        assert!(!machine.ends_quietly());
        if rules.before_termination {
            play(&mut machine, &[(ms(10), Input::TerminationDone, None, NOTHING)]);
        }
        play(&mut machine, &[(ms(509), Input::Tick, None, NOTHING), (ms(510), Input::Tick, None, die(SigTerm))]);
    }
    // it is told while `before_termination` runs
    let mut machine = open(WITH_TERMINATION);
    play(&mut machine, &[(ms(10), QUIET, None, CALL_TERMINATION)]);
    assert_eq!(machine.step(Input::TerminationDone, ms(20), TOLD), NOTHING);
    play(&mut machine, &[(ms(520), Input::Tick, None, die(SigTerm))]);
    // or while a `before_hup` held the end, which was to be a quiet one
    let mut machine =
        played(WITH_HUP, &[(ms(0), event(SigHup), OPEN, CALL_HUP), (ms(1), event(SigTerm), OPEN, ANNOUNCE)]);
    play(&mut machine, &[(ms(2), QUIET, None, NOTHING)]);
    assert_eq!(machine.step(Input::HupDone, ms(3), TOLD), NOTHING);
    play(&mut machine, &[(ms(503), Input::Tick, None, die(SigTerm))]);
    // C5 waits for nobody
    let mut machine = open(Rules { max_attempts: 2, ..WITH_TERMINATION });
    assert_eq!(machine.step(event(SigInt), ms(1), TOLD), CALL_TERMINATION);
    assert_eq!(machine.step(Input::TerminationDone, ms(2), TOLD), die(SigInt));
}

#[test]
fn c25_nothing_is_wanted_while_nothing_is_pending() {
    for rules in [RULES, WITH_BOTH] {
        let mut machine = Machine::new(rules);
        for census in [None, OPEN] {
            play(&mut machine, &[(ms(0), Input::Tick, census, NOTHING), (ms(0), QUIET, census, NOTHING)]);
            assert_eq!(machine.next_tick(census), None);
        }
        assert!(!machine.is_pending() && machine.lets_exit(None) && !machine.lets_exit(OPEN));
    }
}

#[test]
fn c30_a_time_beyond_the_clock_never_comes() {
    let rules = Rules { unwind_time: Span(u64::MAX), ..RULES };
    assert_eq!(delivered(rules).next_tick(None), Some(Time::NEVER));
}

/// The owner has freed its slot, and a tick comes before it can tell how its block ended.
#[test]
fn c17_a_tick_between_the_end_of_a_block_and_its_owners_word_decides_nothing() {
    let mut machine = played(RULES, &[(ms(0), event(SigTerm), OPEN, ANNOUNCE), (ms(1), Input::Tick, None, NOTHING)]);
    play(&mut machine, &[(ms(2), QUIET, None, die(SigTerm))]);
}
