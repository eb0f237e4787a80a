//! C2, C5, C6, C16 and C19 for the two events that only Unix has: `SIGHUP` and `SIGQUIT`.

use crate::attempts::{is_killed, merges, survives};
use crate::harness::{SIGHUP, SIGQUIT, SIGTERM, Victim, event};

#[test]
fn c5_c19_they_are_attempts_and_a_status_like_the_others() {
    is_killed("3", "15,2,3", SIGQUIT);
    is_killed("2", "2,1", SIGHUP);
    survives("4", "3,15,15", "SigQuit Break 3").ends().died_by(SIGQUIT);
    merges("merged", &["2,15,3,2,15,3"], "SigInt Break 3");
}

#[test]
fn c2_sighup_after_its_first_is_no_attempt() {
    survives("2", "1,1,1,1", "SigHup Break 1").ends().died_by(SIGHUP);
    survives("3", "15,1,1,1", "SigTerm Break 2").ends().died_by(SIGTERM);
    is_killed("2", "1,1,15", SIGTERM);
}

#[test]
fn c6_before_hup_comes_first_and_then_the_shutdown() {
    let mut victim = Victim::start("hang_up", &["true", "says", "no block"]);
    victim.ready();
    victim.signal(SIGHUP);
    victim.expect("hang-up");
    victim.expect("termination");
    victim.ends().died_by(SIGHUP);

    let mut victim = Victim::start("hang_up", &["true", "says", "block"]);
    victim.ready();
    victim.signal(SIGHUP);
    victim.expect("hang-up");
    victim.tell("go");
    victim.expect(&format!("break {} Break 1", event(SIGHUP)));
    victim.expect("termination");
    victim.ends().died_by(SIGHUP);
}

#[test]
fn c6_without_terminate_on_hup_the_callback_is_all() {
    let mut victim = Victim::start("hang_up", &["false", "says", "no block"]);
    victim.ready();
    for _ in 0..3 {
        victim.signal(SIGHUP);
        victim.expect("hang-up");
        victim.settled();
    }
    assert!(!victim.is_pending());
    // The three were no attempts.
    victim.signal(SIGTERM);
    victim.expect("termination");
    victim.ends().died_by(SIGTERM);

    let mut victim = Victim::start("hang_up", &["false", "says", "block"]);
    victim.ready();
    victim.signal(SIGHUP);
    victim.expect("hang-up");
    victim.tell("go");
    victim.expect("break ok");
    victim.ends().exited(0);
}

#[test]
fn c6_without_terminate_on_hup_and_without_a_callback_nothing_happens() {
    for callback in ["none", "removed"] {
        let mut victim = Victim::start("hang_up", &["false", callback, "no block"]);
        victim.ready();
        victim.signal(SIGHUP);
        victim.settled();
        assert!(!victim.is_pending());
        victim.signal(SIGTERM);
        victim.expect("termination");
        victim.ends().died_by(SIGTERM);
    }
}

#[test]
fn c6_a_before_hup_that_panics_changes_nothing_else() {
    let mut victim = Victim::start("hang_up", &["true", "panics", "no block"]);
    victim.ready();
    victim.signal(SIGHUP);
    victim.expect("termination");
    victim.ends_printing("the callback's own").died_by(SIGHUP);

    let mut victim = Victim::start("hang_up", &["true", "panics badly", "no block"]);
    victim.ready();
    victim.signal(SIGHUP);
    victim.expect("termination");
    victim.ends_printing("the destructor's own").died_by(SIGHUP);

    let mut victim = Victim::start("hang_up", &["false", "panics", "no block"]);
    victim.ready();
    victim.signal(SIGHUP);
    victim.settled();
    assert!(!victim.is_pending());
    victim.signal(SIGTERM);
    victim.expect("termination");
    victim.ends_printing("the callback's own").died_by(SIGTERM);
}

/// A callback of the user's holds up the end for `max_exec_time` at the most.
#[test]
fn c6_c3_a_before_hup_that_hangs_does_not_keep_the_process() {
    let mut victim = Victim::start("hang_up", &["false", "hangs", "no block"]);
    victim.ready();
    victim.signal(SIGHUP);
    victim.expect("hang-up");
    victim.lives();
    victim.signal(SIGTERM);
    victim.expect("termination");
    victim.ends().died_by(SIGTERM);
}

#[test]
fn c6_terminate_on_hup_can_be_changed() {
    let mut victim = Victim::start("hang_up_changed", &[]);
    victim.expect("pending false");
    victim.ready();
    victim.signal(SIGHUP);
    victim.ends().died_by(SIGHUP);
}

#[test]
fn c6_c16_a_before_hup_that_panics_is_logged() {
    let mut victim = Victim::start("logged_hangup", &[]);
    while victim.line() != "ready" {}
    victim.signal(SIGHUP);
    while !victim.value("log").contains("before_hup") {}
}
