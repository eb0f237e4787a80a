//! C2, C6, C21, C26: the events that Windows enforces, the ways that they come, and the time that it grants.

use super::*;
use crate::error::{InterruptCause, Interrupted};
use crate::machine::{Nest, Verdict};
use ShutdownEvent::{CtrlBreak, CtrlC, CtrlClose, CtrlLogoff, CtrlShutdown, SigBreak};

const MANY: Rules = Rules { max_attempts: 100, ..RULES };
/// All blocks have lapsed 0.5 s before the system ends the process.
const LAPSED: Option<Time> = Some(ms(4500));

/// By the console, with 5 s.
const fn enforced(event: ShutdownEvent) -> Input {
    Input::Event(Arrival { event, window: false, grant: Some(Span::from_millis(5000)) })
}

const fn message(event: ShutdownEvent) -> Input {
    Input::Event(Arrival { event, window: true, grant: None })
}

fn attempts(machine: &Machine) -> u32 {
    match machine.at_break(Nest::default(), ms(0)) {
        Verdict::Interrupt(Interrupted { attempts, .. }) => attempts,
        other => panic!("{other:?}"),
    }
}

#[test]
fn c2_a_console_event_and_its_twin_are_one_kind() {
    let table = [
        (CtrlC, SigInt, 50, 1),
        (SigInt, CtrlC, 50, 1),
        (CtrlC, SigInt, 51, 2),
        (CtrlBreak, SigBreak, 50, 1),
        (SigBreak, CtrlBreak, 51, 2),
        (CtrlC, CtrlBreak, 0, 2),
        (SigInt, SigBreak, 0, 2),
        (CtrlC, SigTerm, 0, 2),
        (CtrlClose, CtrlShutdown, 0, 2),
    ];
    for (first, second, gap, expected) in table {
        let machine =
            played(MANY, &[(ms(7), event(first), OPEN, ANNOUNCE), (ms(7 + gap), event(second), OPEN, NOTHING)]);
        assert_eq!(attempts(&machine), expected, "{first}, and {gap} ms later {second}");
    }
}

/// `WM_QUERYENDSESSION`, then `WM_ENDSESSION`, then perhaps a `WM_CLOSE`: nobody is insisting.
#[test]
fn c2_only_the_first_message_of_the_window_is_an_attempt() {
    let mut machine = Machine::new(MANY);
    let rows = [
        (0, message(CtrlShutdown), 1),
        (1000, message(CtrlShutdown), 1),
        (2000, message(CtrlClose), 1),
        (3000, event(CtrlShutdown), 2),
        (3050, event(CtrlShutdown), 2),
        (3051, event(CtrlShutdown), 3),
    ];
    for (at, input, expected) in rows {
        play(&mut machine, &[(ms(at), input, OPEN, if at == 0 { ANNOUNCE } else { NOTHING })]);
        assert_eq!(attempts(&machine), expected, "at {at} ms");
    }
    // a message that comes with its twin of the console is the same attempt
    let twins = [(ms(0), event(CtrlLogoff), OPEN, ANNOUNCE), (ms(50), message(CtrlLogoff), OPEN, NOTHING)];
    assert_eq!(attempts(&played(MANY, &twins)), 1);
    assert!(machine.cancel());
    play(&mut machine, &[(ms(4000), message(CtrlClose), OPEN, ANNOUNCE)]);
    assert_eq!(attempts(&machine), 1, "the first in a new shutdown");
}

#[test]
fn c6_a_logoff_that_is_not_ours_to_act_on_changes_nothing() {
    let stays = Rules { terminate_on_logoff: false, max_attempts: 1, ..RULES };
    let mut machine =
        played(stays, &[(ms(0), enforced(CtrlLogoff), OPEN, NOTHING), (ms(1), enforced(CtrlLogoff), None, NOTHING)]);
    assert!(!machine.is_pending());
    assert_eq!((machine.limit(), machine.enforced_at()), (Time::NEVER, Time::NEVER));
    play(&mut machine, &[(ms(2), enforced(CtrlShutdown), None, announce_and_die(CtrlShutdown))]);
    played(RULES, &[(ms(0), enforced(CtrlLogoff), None, announce_and_die(CtrlLogoff))]);
}

#[test]
fn c21_no_deadline_is_later_than_half_a_second_before_the_end_that_the_system_makes() {
    for close in [CtrlClose, CtrlLogoff, CtrlShutdown] {
        let machine = Machine::new(RULES);
        // the engine asks before it looks at the blocks
        assert_eq!(machine.limit_behind(enforced(close), ms(0)), ms(4500));
        assert_eq!(machine.limit(), Time::NEVER);
        let mut machine = played(RULES, &[(ms(0), enforced(close), LAPSED, ANNOUNCE)]);
        assert_eq!((machine.limit(), machine.enforced_at()), (ms(4500), ms(5000)));
        assert_eq!(machine.next_tick(LAPSED), LAPSED);
        play(&mut machine, &[(ms(4499), Input::Tick, LAPSED, NOTHING), (ms(4500), Input::Tick, None, NOTHING)]);
        let lapsed = Nest { deadline: Some(ms(4500)), ..Nest::default() };
        let told = Interrupted { event: close, cause: InterruptCause::Deadline, attempts: 1 };
        assert_eq!(machine.at_deadline(lapsed, ms(4500)), Verdict::Interrupt(told));
    }
}

#[test]
fn c21_the_system_that_ends_it_first_counts_whatever_came_before_or_behind() {
    let gone = |millis| Input::Event(Arrival { grant: Some(Span::from_millis(millis)), ..CtrlShutdown.into() });
    let rows = [
        (ms(0), event(CtrlC), OPEN, ANNOUNCE),
        (ms(10), gone(20_000), OPEN, NOTHING),
        (ms(20), gone(5_000), OPEN, NOTHING),
        (ms(30), gone(20_000), OPEN, NOTHING),
    ];
    let machine = played(MANY, &rows);
    assert_eq!(machine.limit(), ms(4520));
    // one that grants less than the end takes: there is no time for blocks
    let hurried = played(RULES, &[(ms(0), gone(400), None, announce_and_die(CtrlShutdown))]);
    assert_eq!(hurried.limit(), Time(0));
}

#[test]
fn c21_c24_the_hard_stage_comes_before_the_system() {
    let slow = Rules { callback_time: Span::from_millis(90_000), unwind_time: Span::from_millis(90_000), ..RULES };
    let unwinds = [(ms(0), enforced(CtrlClose), LAPSED, ANNOUNCE), (ms(1), UNWINDING, None, NOTHING)];
    let mut machine = played(slow, &unwinds);
    assert_eq!(machine.next_tick(None), Some(ms(4900)));
    play(&mut machine, &[(ms(4899), Input::Tick, None, NOTHING), (ms(4900), Input::Tick, None, die(CtrlClose))]);
    // what had all the time in the world when the event came
    let delivered = [(ms(0), event(CtrlC), OPEN, ANNOUNCE), (ms(1), UNWINDING, None, NOTHING)];
    let mut machine = played(slow, &delivered);
    assert_eq!(machine.next_tick(None), Some(ms(90_001)));
    play(&mut machine, &[(ms(100), enforced(CtrlClose), None, NOTHING), (ms(5000), Input::Tick, None, die(CtrlC))]);
    // a time to unwind that is shorter stays what it is
    let mut machine = played(RULES, &unwinds);
    play(&mut machine, &[(ms(500), Input::Tick, None, NOTHING), (ms(501), Input::Tick, None, die(CtrlClose))]);
}

#[test]
fn c16_c21_a_callback_that_hangs_leaves_time_to_unwind() {
    let rules = Rules { callback_time: Span::from_millis(90_000), ..WITH_TERMINATION };
    let lapses = [(ms(0), enforced(CtrlClose), LAPSED, ANNOUNCE), (ms(4500), Input::Tick, None, CALL_TERMINATION)];
    let mut machine = played(rules, &lapses);
    assert_eq!(machine.next_tick(None), Some(ms(4700)));
    play(&mut machine, &[(ms(4699), Input::Tick, None, NOTHING), (ms(4700), Input::Tick, None, NOTHING)]);
    assert_eq!(machine.next_tick(None), Some(ms(4900)));
    play(&mut machine, &[(ms(4899), Input::Tick, None, NOTHING), (ms(4900), Input::Tick, None, die(CtrlClose))]);
    // and so does a `before_hup`
    let rules = Rules { before_hup: true, ..rules };
    let hup = [(ms(0), event(SigHup), None, CALL_HUP), (ms(10), enforced(CtrlClose), None, ANNOUNCE)];
    let mut machine = played(rules, &hup);
    assert_eq!(machine.next_tick(None), Some(ms(4510)));
    play(&mut machine, &[(ms(4510), Input::Tick, None, CALL_TERMINATION)]);
}

/// Where the main thread is to run it and does not come, a helper thread does, at the hard stage: it needs time of its own,
/// also behind the default `callback_time`, which ends just before.
#[test]
fn c16_c21_a_main_thread_that_does_not_come_leaves_the_callback_to_another() {
    for callback_time in [90_000, 4_500, 100] {
        let rules = Rules {
            raises: true,
            unwind_time: Span(u64::MAX),
            callback_time: Span::from_millis(callback_time),
            ..WITH_TERMINATION
        };
        let called = (ms(0), enforced(CtrlClose), None, ANNOUNCE_AND_CALL);
        let mut machine = played(rules, &[called]);
        assert_eq!(machine.next_tick(None), Some(ms(4700)));
        play(&mut machine, &[(ms(4699), Input::Tick, None, NOTHING), (ms(4700), Input::Tick, None, die(CtrlClose))]);
        // one that has come is told, and has until the hard stage
        let tell = Effects { tell: true, ..NOTHING };
        let mut machine = played(rules, &[called, (ms(50), Input::TerminationDone, None, tell)]);
        assert_eq!(machine.next_tick(None), Some(ms(4900)));
        play(&mut machine, &[(ms(4900), Input::Tick, None, die(CtrlClose))]);
    }
}

/// A supervisor that was not run for long: it is called before the process ends, though its time has passed.
#[test]
fn c16_c21_a_late_look_calls_before_termination_all_the_same() {
    let rows = [
        (ms(0), enforced(CtrlShutdown), OPEN, ANNOUNCE),
        (ms(1), event(SigHup), OPEN, CALL_HUP),
        (ms(9000), Input::Tick, None, CALL_TERMINATION),
        (ms(9000), Input::Tick, None, die(CtrlShutdown)),
    ];
    played(WITH_BOTH, &rows);
}

#[test]
fn c26_what_the_system_enforces_cannot_be_cancelled() {
    for first in [CtrlClose, CtrlLogoff, CtrlShutdown] {
        let mut machine = played(RULES, &[(ms(0), enforced(first), OPEN, ANNOUNCE)]);
        assert!(!machine.cancel() && machine.is_pending());
        let mut machine =
            played(RULES, &[(ms(0), event(CtrlC), OPEN, ANNOUNCE), (ms(1), enforced(first), OPEN, NOTHING)]);
        assert!(!machine.cancel() && machine.is_pending());
    }
    // `taskkill` enforces nothing
    for first in [event(CtrlC), event(CtrlBreak), message(CtrlClose)] {
        let mut machine = played(RULES, &[(ms(0), first, OPEN, ANNOUNCE)]);
        assert!(machine.cancel() && !machine.is_pending());
    }
}

/// C20 says that it changes nothing while the exception is being handled; but behind that the system still ends the process.
#[test]
fn c21_c26_a_handled_keyboard_interrupt_does_not_hide_what_the_system_enforces() {
    let rules = Rules { raises: true, unwind_time: Span(u64::MAX), ..MANY };
    let tell = Effects { tell: true, ..NOTHING };
    let ask = Effects { ask: true, ..NOTHING };
    let delivered = [
        (ms(0), event(CtrlC), None, ANNOUNCE.and(tell)),
        (ms(1), Input::Raised, None, NOTHING),
        (ms(100), enforced(CtrlClose), None, ask),
    ];
    for handling in [&[][..], &[(ms(150), Input::Handling, None, NOTHING)][..]] {
        let mut machine = played(rules, &delivered);
        play(&mut machine, handling);
        play(&mut machine, &[(ms(200), Input::Handled, None, ANNOUNCE.and(tell))]);
        let told = machine.told().map(|told| (told.event, told.interrupt));
        assert_eq!((told, machine.limit()), (Some((CtrlClose, false)), ms(4600)));
        assert!(!machine.cancel());
    }
    // a window message among what came meanwhile was the first of the new shutdown
    let messages = [
        delivered[0],
        delivered[1],
        (ms(100), message(CtrlClose), None, ask),
        (ms(101), Input::Handled, None, ANNOUNCE.and(tell)),
    ];
    let mut machine = played(rules, &messages);
    play(&mut machine, &[(ms(1000), message(CtrlClose), None, NOTHING)]);
    assert_eq!(attempts(&machine), 1);
}

/// Two twins that came behind the delivery are one event of the new shutdown, and a third is the same attempt.
#[test]
fn c2_c26_twins_that_came_while_it_was_handled_are_one_kind() {
    let rules = Rules { raises: true, unwind_time: Span(u64::MAX), ..MANY };
    let tell = Effects { tell: true, ..NOTHING };
    let ask = Effects { ask: true, ..NOTHING };
    let rows = [
        (ms(0), event(CtrlC), None, ANNOUNCE.and(tell)),
        (ms(1), Input::Raised, None, NOTHING),
        (ms(100), event(SigInt), None, ask),
        (ms(120), event(CtrlC), None, ask),
        (ms(121), Input::Handled, None, ANNOUNCE.and(tell)),
        (ms(122), Input::Raised, None, NOTHING),
        (ms(150), event(SigInt), None, ask),
    ];
    let machine = played(rules, &rows);
    assert_eq!(machine.told().map(|told| (told.event, told.interrupt)), Some((SigInt, true)));
    assert_eq!(attempts(&machine), 1);
}
