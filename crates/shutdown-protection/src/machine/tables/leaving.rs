//! C26, C28, C29: forgetting a shutdown, and the program's own exit.

use super::*;

#[test]
fn c26_what_can_be_cancelled() {
    let pending = [(ms(0), event(SigInt), OPEN, ANNOUNCE)];
    let delivered =
        [pending[0], (ms(1), UNWINDING, None, CALL_TERMINATION), (ms(2), Input::TerminationDone, None, NOTHING)];
    let exits = [pending[0], (ms(1), Input::Exit, OPEN, NOTHING)];
    let forced = [pending[0], (ms(1), event(SigTerm), OPEN, CALL_TERMINATION)];
    let dead = [(ms(0), event(SigInt), None, ANNOUNCE_AND_CALL), (ms(1), Input::TerminationDone, None, die(SigInt))];
    let table: [(&str, &[Row], bool); 8] = [
        ("nothing", &[], true),
        ("pending", &pending, true),
        ("before_termination runs", &delivered[..2], false),
        ("delivered", &delivered, true),
        ("exiting", &exits, false),
        ("the exit alone", &[(ms(0), Input::Exit, OPEN, ANNOUNCE)], false),
        ("forced", &forced, false),
        ("dead", &dead, false),
    ];
    for (name, rows, expected) in table {
        let mut machine = played(Rules { max_attempts: 2, ..WITH_TERMINATION }, rows);
        let was_pending = machine.is_pending();
        assert_eq!(machine.cancel(), expected, "{name}");
        assert_eq!(machine.is_pending(), was_pending && !expected, "{name}");
    }
}

#[test]
fn c26_after_it_everything_begins_again() {
    let rules = Rules { max_attempts: 2, ..WITH_TERMINATION };
    let mut machine = played(
        rules,
        &[
            (ms(0), event(SigInt), OPEN, ANNOUNCE),
            (ms(1), UNWINDING, None, CALL_TERMINATION),
            (ms(2), Input::TerminationDone, None, NOTHING),
        ],
    );
    assert!(machine.cancel());
    assert_eq!(
        (machine.first_event(), machine.status_at_exit(Left::Unknown), machine.next_tick(None)),
        (None, None, None)
    );
    assert_eq!(machine, Machine::new(rules));
    // the first attempt again, though its kind was counted a moment ago
    let rows = [(ms(3), event(SigInt), OPEN, ANNOUNCE), (ms(4), event(SigTerm), OPEN, CALL_TERMINATION)];
    play(&mut machine, &rows);
}

/// The event has come, although its callback still runs: it is forgotten, too. The callback is not called a second time.
#[test]
fn c26_a_hangup_that_waits_for_its_callback_is_forgotten_as_well() {
    for before in [&[][..], &[(ms(0), event(SigTerm), OPEN, ANNOUNCE)][..]] {
        let mut machine = played(WITH_HUP, before);
        play(&mut machine, &[(ms(1), event(SigHup), OPEN, CALL_HUP)]);
        assert!(machine.cancel());
        assert_eq!(machine.next_tick(OPEN), None);
        play(&mut machine, &[(ms(1001), Input::Tick, OPEN, NOTHING), (ms(1002), Input::HupDone, OPEN, NOTHING)]);
        play(&mut machine, &[(ms(1003), event(SigHup), OPEN, CALL_HUP), (ms(1004), Input::HupDone, OPEN, ANNOUNCE)]);
    }
}

/// The callback that runs was called for a shutdown that is forgotten: the new event waits for a call of its own.
#[test]
fn c6_c26_a_hangup_after_a_cancelled_one_does_not_act_before_its_own_callback() {
    let forgotten = [(ms(0), event(SigHup), OPEN, CALL_HUP)];
    let comes = [(ms(700), event(SigHup), OPEN, NOTHING), (ms(701), event(SigHup), OPEN, NOTHING)];
    let mut machine = played(WITH_HUP, &forgotten);
    assert!(machine.cancel());
    play(&mut machine, &comes);
    let mut returns = machine.clone();
    play(&mut returns, &[(ms(800), Input::HupDone, OPEN, CALL_HUP)]);
    assert!(!returns.is_pending());
    // its call has a time of its own
    assert_eq!(returns.next_tick(OPEN), Some(ms(1800)));
    let mut hangs = returns.clone();
    play(&mut returns, &[(ms(900), Input::HupDone, OPEN, ANNOUNCE), (ms(901), Input::HupDone, OPEN, NOTHING)]);
    play(&mut hangs, &[(ms(1799), Input::Tick, OPEN, NOTHING), (ms(1800), Input::Tick, OPEN, ANNOUNCE)]);
    play(&mut hangs, &[(ms(1801), Input::HupDone, OPEN, NOTHING)]);
    // a callback that hangs has no other call behind it: the event goes on without one
    let mut stuck = machine;
    assert_eq!(stuck.next_tick(OPEN), Some(ms(1000)));
    play(&mut stuck, &[(ms(1000), Input::Tick, OPEN, ANNOUNCE), (ms(1001), Input::HupDone, OPEN, CALL_HUP)]);
    // and cancelled once more it is forgotten, too
    let mut again = played(WITH_HUP, &forgotten);
    assert!(again.cancel());
    play(&mut again, &comes);
    assert!(again.cancel());
    play(&mut again, &[(ms(800), Input::HupDone, OPEN, CALL_HUP), (ms(900), Input::HupDone, OPEN, NOTHING)]);
    assert!(!again.is_pending());
}

#[test]
fn c28_an_exit_is_no_request() {
    let mut machine = Machine::new(WITH_TERMINATION);
    play(&mut machine, &[(ms(0), Input::Exit, None, NOTHING), (ms(1), Input::Exit, None, NOTHING)]);
    play(&mut machine, &[(ms(90_000), Input::Tick, None, NOTHING), (ms(90_001), QUIET, None, NOTHING)]);
    assert!(machine.is_pending() && machine.lets_exit(None) && !machine.lets_exit(OPEN));
    assert_eq!(
        (machine.first_event(), machine.status_at_exit(Left::Unknown), machine.next_tick(None)),
        (Some(Exit), None, None)
    );
}

#[test]
fn c29_blocks_of_other_threads_hold_the_exit() {
    let until = Some(ms(700));
    let mut machine = played(WITH_TERMINATION, &[(ms(0), Input::Exit, until, ANNOUNCE)]);
    assert_eq!(machine.next_tick(until), until);
    assert!(!machine.lets_exit(until));
    play(&mut machine, &[(ms(700), Input::Tick, None, NOTHING)]);
    assert!(machine.lets_exit(None) && machine.status_at_exit(Left::Unknown).is_none());
}

#[test]
fn c28_an_event_on_the_way_out_decides_the_status_and_lets_the_exit_go_on() {
    for (census, told) in [(None, NOTHING), (OPEN, ANNOUNCE)] {
        let mut machine =
            played(RULES, &[(ms(0), Input::Exit, census, told), (ms(1), event(SigTerm), census, ANNOUNCE)]);
        assert_eq!((machine.first_event(), machine.status_at_exit(Left::Unknown)), (Some(SigTerm), Some(SigTerm)));
        play(&mut machine, &[(ms(2), event(SigInt), census, NOTHING)]);
        assert_eq!(machine.first_event(), Some(SigTerm), "a real one is not replaced");
        // a quiet end unwinds: the exit functions run on
        play(&mut machine, &[(ms(3), QUIET, None, NOTHING)]);
        assert!(machine.lets_exit(None) && !machine.ends_quietly());
        let since = if census.is_none() { 1 } else { 3 };
        assert_eq!(machine.next_tick(None), Some(ms(since + 500)));
        play(&mut machine, &[(ms(since + 500), Input::Tick, None, die(SigTerm))]);
    }
}

#[test]
fn c28_an_exit_during_before_termination_is_not_cut_off() {
    let called = [(ms(0), event(SigTerm), None, ANNOUNCE_AND_CALL), (ms(1), Input::Exit, None, NOTHING)];
    let mut machine = played(WITH_TERMINATION, &called);
    assert!(!machine.ends_quietly() && !machine.lets_exit(None));
    play(&mut machine, &[(ms(2), Input::TerminationDone, None, NOTHING)]);
    assert!(machine.lets_exit(None));
    play(&mut machine, &[(ms(502), Input::Tick, None, die(SigTerm))]);
}

/// C5 is before C28.
#[test]
fn c5_c28_after_the_last_attempt_an_exit_changes_nothing() {
    let rules = Rules { max_attempts: 1, ..WITH_TERMINATION };
    played(
        rules,
        &[
            (ms(0), event(SigInt), OPEN, ANNOUNCE_AND_CALL),
            (ms(1), Input::Exit, OPEN, NOTHING),
            (ms(2), Input::TerminationDone, OPEN, die(SigInt)),
        ],
    );
}
