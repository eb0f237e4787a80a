//! C6: a hangup, its callback, and the end that the callback holds back.

use super::*;

const RELOADS: Rules = Rules { terminate_on_hup: false, ..WITH_HUP };

#[test]
fn c6_what_a_hangup_does() {
    let table = [
        // terminate_on_hup, before_hup: with a block, without, and pending after it
        (false, false, NOTHING, NOTHING, false),
        (false, true, CALL_HUP, CALL_HUP, false),
        (true, false, ANNOUNCE, announce_and_die(SigHup), true),
        (true, true, CALL_HUP, CALL_HUP, false),
    ];
    for (terminate_on_hup, before_hup, with_block, without, pending) in table {
        let rules = Rules { terminate_on_hup, before_hup, ..RULES };
        let machine = played(rules, &[(ms(0), event(SigHup), OPEN, with_block)]);
        assert_eq!(machine.is_pending(), pending, "{rules:?}");
        played(rules, &[(ms(0), event(SigHup), None, without)]);
    }
}

#[test]
fn c6_the_event_follows_when_its_callback_has_returned() {
    let mut machine =
        played(WITH_HUP, &[(ms(0), event(SigHup), OPEN, CALL_HUP), (ms(10), Input::HupDone, OPEN, ANNOUNCE)]);
    assert_eq!(machine.first_event(), Some(SigHup));
    play(&mut machine, &[(ms(11), QUIET, None, die(SigHup))]);
    played(
        WITH_HUP,
        &[(ms(0), event(SigHup), None, CALL_HUP), (ms(9), Input::HupDone, None, announce_and_die(SigHup))],
    );
    let machine = played(RELOADS, &[(ms(0), event(SigHup), OPEN, CALL_HUP), (ms(9), Input::HupDone, OPEN, NOTHING)]);
    assert!(!machine.is_pending());
}

#[test]
fn c6_the_event_does_not_wait_for_a_callback_that_hangs() {
    let mut machine = played(WITH_HUP, &[(ms(0), event(SigHup), OPEN, CALL_HUP)]);
    assert_eq!(machine.next_tick(OPEN), Some(ms(1000)));
    play(&mut machine, &[(ms(999), Input::Tick, OPEN, NOTHING), (ms(1000), Input::Tick, OPEN, ANNOUNCE)]);
    // it comes once: not again by a late return
    play(&mut machine, &[(ms(1500), Input::HupDone, OPEN, NOTHING), (ms(1501), QUIET, None, die(SigHup))]);
}

#[test]
fn c6_hangups_during_the_call_are_merged_to_one_more() {
    let mut machine = played(
        RELOADS,
        &[
            (ms(0), event(SigHup), None, CALL_HUP),
            (ms(1), event(SigHup), None, NOTHING),
            (ms(2), event(SigHup), None, NOTHING),
            (ms(3), Input::HupDone, None, CALL_HUP),
            (ms(4), Input::HupDone, None, NOTHING),
            (ms(5), Input::HupDone, None, NOTHING),
        ],
    );
    play(&mut machine, &[(ms(6), event(SigHup), None, CALL_HUP)]);
    assert!(!machine.is_pending());
}

#[test]
fn c6_a_running_callback_holds_the_end_back_till_its_limit() {
    // how the last block ends, and what that comes to when the callback has returned, or at its limit
    for (ended, answer) in [(QUIET, die(SigTerm)), (UNWINDING, NOTHING), (Input::Tick, NOTHING)] {
        // The tick is a lapse: the block's deadline is then.
        let open = if ended == Input::Tick { Some(ms(20)) } else { OPEN };
        let mut held =
            played(RELOADS, &[(ms(0), event(SigHup), open, CALL_HUP), (ms(1), event(SigTerm), open, ANNOUNCE)]);
        assert_eq!(held.next_tick(open), open);
        play(&mut held, &[(ms(20), ended, None, NOTHING), (ms(21), Input::Tick, None, NOTHING)]);
        assert_eq!(held.next_tick(None), Some(ms(1000)));
        for (now, over) in [(ms(30), Input::HupDone), (ms(1000), Input::Tick)] {
            let mut machine = held.clone();
            play(&mut machine, &[(now, over, None, answer)]);
            if answer == NOTHING {
                let end = now.plus(RULES.unwind_time);
                assert_eq!(machine.next_tick(None), Some(end), "{ended:?}, {over:?}");
                play(&mut machine, &[(end, Input::Tick, None, die(SigTerm))]);
            }
        }
    }
}

/// What an earlier block's end came to says nothing about a block that was opened after it.
#[test]
fn c6_the_end_that_was_held_back_is_that_of_the_last_block() {
    played(
        RELOADS,
        &[
            (ms(0), event(SigHup), OPEN, CALL_HUP),
            (ms(1), event(SigTerm), OPEN, ANNOUNCE),
            (ms(2), UNWINDING, None, NOTHING),
            (ms(3), Input::Tick, OPEN, NOTHING),
            (ms(4), QUIET, None, NOTHING),
            (ms(5), Input::HupDone, None, die(SigTerm)),
        ],
    );
}

#[test]
fn c6_an_event_without_a_block_waits_for_the_callback_as_well() {
    let rows = [(ms(0), event(SigHup), None, CALL_HUP), (ms(1), event(SigTerm), None, ANNOUNCE)];
    let mut returns = played(RELOADS, &rows);
    play(&mut returns, &[(ms(2), Input::HupDone, None, die(SigTerm))]);
    let mut hangs = played(RELOADS, &rows);
    play(&mut hangs, &[(ms(999), Input::Tick, None, NOTHING), (ms(1000), Input::Tick, None, die(SigTerm))]);
}

#[test]
fn c6_a_hangup_is_called_for_in_every_stage() {
    let mut machine = played(RELOADS, &[(ms(0), event(SigInt), OPEN, ANNOUNCE)]);
    play(&mut machine, &[(ms(1), event(SigHup), OPEN, CALL_HUP), (ms(2), Input::HupDone, OPEN, NOTHING)]);
    play(&mut machine, &[(ms(3), UNWINDING, None, NOTHING), (ms(4), event(SigHup), None, CALL_HUP)]);
    // the end was delivered: nothing holds it any more (C24)
    play(&mut machine, &[(ms(503), Input::Tick, None, die(SigInt))]);
}

#[test]
fn c2_c6_only_the_first_hangup_is_an_attempt() {
    let mut machine = Machine::new(Rules { max_attempts: 2, ..WITH_HUP });
    for at in [0, 100, 200] {
        let first = if at == 0 { ANNOUNCE } else { NOTHING };
        play(&mut machine, &[(ms(at), event(SigHup), OPEN, CALL_HUP), (ms(at + 1), Input::HupDone, OPEN, first)]);
    }
    play(&mut machine, &[(ms(300), event(SigTerm), OPEN, die(SigTerm))]);
}

/// Only a tick for a shutdown: the callback of a reload has no limit of its own.
#[test]
fn c25_a_reload_wants_no_tick() {
    let machine = played(RELOADS, &[(ms(0), event(SigHup), OPEN, CALL_HUP)]);
    assert_eq!((machine.next_tick(OPEN), machine.next_tick(None)), (None, None));
    let exits = played(RELOADS, &[(ms(0), event(SigHup), None, CALL_HUP), (ms(1), Input::Exit, None, NOTHING)]);
    assert_eq!(exits.next_tick(None), None);
}
