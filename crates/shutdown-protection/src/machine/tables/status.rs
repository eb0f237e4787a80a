//! C10, C19: whose status the program exits with, the event's or its own.

use super::*;
use Left::{AsTold, Failed, Otherwise, Unknown, Well};

/// By an exception in the main thread.
const RAISES: Rules = Rules { raises: true, unwind_time: Span(u64::MAX), ..RULES };
const ON_MAIN: Input = Input::Failed { on_main: true };
const ELSEWHERE: Input = Input::Failed { on_main: false };
const AS_TOLD: Input = Input::Raising { own_status: false };
const CHOSEN: Input = Input::Raising { own_status: true };

/// The ways to leave by which the event's status is shown, after these inputs of a pending shutdown.
fn shown(rules: Rules, inputs: &[Input]) -> Vec<Left> {
    let mut machine = played(rules, &[(ms(0), event(SigTerm), OPEN, ANNOUNCE)]);
    for input in inputs {
        play(&mut machine, &[(ms(1), *input, OPEN, NOTHING)]);
    }
    let all = [Unknown, Well, Failed, AsTold, Otherwise].into_iter();
    all.filter(|left| machine.status_at_exit(*left) == Some(SigTerm)).collect()
}

#[test]
fn c19_a_status_that_may_stand_for_the_shutdown_shows_its_event() {
    for rules in [RULES, RAISES] {
        for inputs in [&[][..], &[QUIET], &[UNWINDING], &[Input::Broken { started: 1 }]] {
            assert_eq!(shown(rules, inputs), [Unknown, Well, Failed, AsTold], "{inputs:?}");
        }
    }
}

#[test]
fn c10_c19_an_own_error_keeps_its_own_status() {
    // `main` may return it, whichever thread it comes from; a status of 0 says that it did not.
    for error in [ON_MAIN, ELSEWHERE] {
        assert_eq!(shown(RULES, &[error]), [Well, AsTold], "{error:?}");
        assert_eq!(shown(RULES, &[error, UNWINDING]), [Well, AsTold], "{error:?}, and then a block that was told");
    }
    // An exit as an exception ends the main thread, whatever its status, and of another one that thread only.
    assert_eq!(shown(RAISES, &[ON_MAIN]), [AsTold]);
    assert_eq!(shown(RAISES, &[ON_MAIN, ELSEWHERE]), [AsTold]);
    assert_eq!(shown(RAISES, &[ELSEWHERE]), [Unknown, Well, Failed, AsTold]);
}

#[test]
fn c16_c19_what_is_raised_last_decides() {
    assert_eq!(shown(RAISES, &[ON_MAIN, AS_TOLD]), [Unknown, Well, Failed, AsTold], "it has handled its own");
    assert_eq!(shown(RAISES, &[CHOSEN]), [AsTold], "by a before_termination");
    assert_eq!(shown(RAISES, &[CHOSEN, AS_TOLD]), [Unknown, Well, Failed, AsTold]);
    assert_eq!(shown(RAISES, &[AS_TOLD, ON_MAIN]), [AsTold]);
}

/// Neither before a shutdown nor after one that is forgotten.
#[test]
fn c19_c26_an_error_with_nothing_pending_is_no_concern_of_ours() {
    let comes = (ms(9), event(SigTerm), OPEN, ANNOUNCE);
    let mut before = Machine::new(RULES);
    play(&mut before, &[(ms(0), ON_MAIN, OPEN, NOTHING), (ms(1), CHOSEN, OPEN, NOTHING), comes]);
    let mut cancelled = played(RULES, &[(ms(0), event(SigTerm), OPEN, ANNOUNCE), (ms(1), ON_MAIN, OPEN, NOTHING)]);
    assert!(cancelled.cancel());
    play(&mut cancelled, &[comes]);
    let tell = Effects { tell: true, ..NOTHING };
    let rows = [
        (ms(0), event(SigInt), None, ANNOUNCE.and(tell)),
        (ms(1), Input::Raised, None, NOTHING),
        (ms(2), ON_MAIN, None, NOTHING),
        (ms(3), Input::Handled, None, NOTHING),
    ];
    let mut handled = played(RAISES, &rows);
    play(&mut handled, &[comes]);
    for machine in [before, cancelled, handled] {
        assert_eq!(machine.status_at_exit(Unknown), Some(SigTerm));
    }
}

/// An end that waits for it is not held up by how a block ended.
#[test]
fn c10_c15_the_last_block_that_ends_by_an_error_lets_the_program_unwind() {
    for error in [ON_MAIN, ELSEWHERE] {
        let mut machine = played(RULES, &[(ms(0), event(SigTerm), OPEN, ANNOUNCE), (ms(1), error, None, NOTHING)]);
        assert!(machine.told().is_some());
        play(&mut machine, &[(ms(501), Input::Tick, None, die(SigTerm))]);
    }
}
