//! C20, C26, and C5, C9 beside them: whether the main thread has handled what it met.

use super::raising::{ASK, INTERRUPTED, RAISES, TELL, announce_and_tell, told};
use super::*;
use crate::machine::Occasion;

#[test]
fn c26_after_a_handled_keyboard_interrupt_nothing_is_pending() {
    let mut machine = played(RAISES, &INTERRUPTED);
    play(&mut machine, &[(ms(10), Input::Handled, None, NOTHING)]);
    assert!(!machine.is_pending());
    play(&mut machine, &[(ms(100), event(SigInt), None, announce_and_tell())]);
    assert_eq!(told(&machine), Some((SigInt, true)), "no attempt is left of the first");
}

#[test]
fn c26_what_came_behind_it_begins_anew() {
    let mut machine = played(RAISES, &INTERRUPTED);
    play(&mut machine, &[(ms(100), event(SigTerm), None, ASK), (ms(101), Input::Handled, None, announce_and_tell())]);
    assert_eq!(told(&machine), Some((SigTerm, false)));
}

/// Two kinds behind the first shutdown, and the second sending of each when they have begun anew.
#[test]
fn c2_c26_what_came_behind_it_is_one_attempt_with_what_follows_it_whatever_its_kind() {
    let begun = [
        (ms(100), event(SigTerm), None, ASK),
        (ms(110), event(SigQuit), None, ASK),
        (ms(111), Input::Handled, OPEN, ANNOUNCE),
    ];
    let attempts = |later: &[Row]| {
        let mut machine = played(Rules { max_attempts: 9, ..RAISES }, &INTERRUPTED);
        play(&mut machine, &begun);
        play(&mut machine, later);
        machine.attempts
    };
    let both = [(ms(150), event(SigTerm), OPEN, NOTHING), (ms(160), event(SigQuit), OPEN, NOTHING)];
    assert_eq!(attempts(&both), 2, "each has come twice within 50 ms");
    // More than 50 ms behind the event; when it was heard of does not matter.
    for kind in [SigTerm, SigQuit] {
        assert_eq!(attempts(&[(ms(161), event(kind), OPEN, NOTHING)]), 3, "{kind:?}");
    }
}

#[test]
fn c26_what_began_anew_and_was_not_met_yet_cannot_have_been_handled() {
    let mut machine = played(RAISES, &INTERRUPTED);
    play(&mut machine, &[(ms(100), event(SigInt), None, ASK), (ms(101), Input::Handled, None, announce_and_tell())]);
    play(&mut machine, &[(ms(102), Input::Handled, None, NOTHING)]);
    assert_eq!(told(&machine), Some((SigInt, true)));
}

#[test]
fn c20_what_came_while_it_was_being_handled_changes_nothing() {
    let mut machine = played(RAISES, &INTERRUPTED);
    play(&mut machine, &[(ms(100), event(SigTerm), None, ASK), (ms(101), Input::Handling, None, NOTHING)]);
    play(&mut machine, &[(ms(200), Input::Handled, None, NOTHING)]);
    assert!(!machine.is_pending());
}

/// Two attempts of which the second is the last, if the program is still handling the first.
#[test]
fn c5_c26_whether_an_attempt_is_the_last_the_main_thread_says() {
    let rules = Rules { max_attempts: 2, ..RAISES };
    let second = (ms(100), event(SigTerm), None, ASK);
    let mut machine = played(rules, &INTERRUPTED);
    play(&mut machine, &[second, (ms(101), Input::Handled, None, announce_and_tell())]);
    assert!(machine.told().is_some_and(|told| told.event == SigTerm && !told.forced));

    for no in [Input::Handling, Input::GivenBack] {
        let mut machine = played(rules, &INTERRUPTED);
        play(&mut machine, &[second, (ms(101), no, None, TELL)]);
        assert!(machine.told().is_some_and(|told| told.event == SigTerm && told.forced), "{no:?}");
    }
    // Both behind the first, before the answer: the second of a shutdown of their own.
    let mut machine = played(rules, &INTERRUPTED);
    let both = [second, (ms(101), event(SigQuit), None, ASK), (ms(102), Input::Handled, None, announce_and_tell())];
    play(&mut machine, &both);
    assert!(machine.told().is_some_and(|told| told.event == SigQuit && told.forced));
}

#[test]
fn c5_a_main_thread_that_does_not_answer_does_not_put_the_end_off() {
    let mut machine = played(Rules { max_attempts: 2, ..RAISES }, &INTERRUPTED);
    play(&mut machine, &[(ms(100), event(SigInt), None, ASK), (ms(151), event(SigInt), None, ASK.and(die(SigInt)))]);
}

#[test]
fn c26_a_system_exit_is_not_forgotten_by_being_handled() {
    let mut machine = played(RAISES, &[(ms(0), event(SigTerm), None, announce_and_tell())]);
    play(&mut machine, &[(ms(10), Input::Handled, None, NOTHING)]);
    assert_eq!(told(&machine), Some((SigTerm, false)));
}

/// On which occasions the face may look, by whether an event asks for it and whether the main thread is in a block:
/// neither, asked, in a block, both.
fn occasions(machine: &Machine) -> [[bool; 4]; 3] {
    [Occasion::Anywhere, Occasion::Question, Occasion::Step].map(|occasion| {
        [(false, false), (true, false), (false, true), (true, true)]
            .map(|(asked, in_block)| machine.concludes(occasion, asked, || in_block))
    })
}

const NEVER: [[bool; 4]; 3] = [[false; 4]; 3];

#[test]
fn c9_c26_what_was_swallowed_in_a_block_stays_until_an_event_or_a_step_of_the_program_asks() {
    let machine = played(RAISES, &INTERRUPTED);
    let anywhere = [false, true, false, true];
    assert_eq!(occasions(&machine), [anywhere, [true, true, false, false], [true; 4]]);
}

#[test]
fn c26_only_a_keyboard_interrupt_that_was_met_can_be_over() {
    assert_eq!(occasions(&Machine::new(RAISES)), NEVER);
    assert_eq!(occasions(&played(RAISES, &INTERRUPTED[..1])), NEVER, "nobody has met it");
    let terminated = [(ms(0), event(SigTerm), None, announce_and_tell()), (ms(1), Input::Raised, None, NOTHING)];
    assert_eq!(occasions(&played(RAISES, &terminated)), NEVER);
    let mut machine = played(RAISES, &INTERRUPTED);
    play(&mut machine, &[(ms(2), Input::GivenBack, None, NOTHING)]);
    assert_eq!(occasions(&machine), NEVER, "it meets it later");
    let mut machine = played(RAISES, &INTERRUPTED);
    play(&mut machine, &[(ms(2), Input::Exit, None, NOTHING)]);
    assert_eq!(occasions(&machine), NEVER, "the program exits");
}
