//! C6, C12 and C16: `before_termination` and `before_hup`.
//!
//! An interrupted guard is open until it is dropped (C17), so `before_termination` follows the drop.

use crate::harness::{SIGHUP, SIGINT, SIGTERM, Victim, event};

#[test]
fn c16_before_termination_runs_once_immediately_before_the_end_is_delivered() {
    let told: [(&str, &[&str]); 6] = [
        ("nowhere", &["termination"]),
        ("break", &["pending", "break SigTerm Break 1", "again SigTerm Break 1", "termination"]),
        ("finish", &["pending", "termination", "finish SigTerm Break 1"]),
        ("drop", &["pending", "termination"]),
        ("lapse", &["termination"]),
        ("attempts", &["termination"]),
    ];
    for (place, lines) in told {
        let mut victim = Victim::start("termination_at", &[place]);
        victim.ready();
        victim.signal(SIGTERM);
        for line in lines {
            victim.expect(line);
        }
        victim.ends().died_by(SIGTERM);
    }
}

#[test]
fn c16_before_termination_runs_after_a_request_too() {
    let mut victim = Victim::start("termination_at", &["request"]);
    victim.ready();
    victim.expect("termination");
    victim.ends().exited(0);
}

#[test]
fn c16_before_termination_does_not_run_without_a_shutdown() {
    Victim::start("termination_at", &["calm"]).ends().exited(0);
}

#[test]
fn c16_a_callback_that_panics_changes_nothing_else() {
    let mut victim = Victim::start("termination_panics", &["nowhere"]);
    victim.ready();
    victim.signal(SIGINT);
    victim.ends_printing("the callback's own").died_by(SIGINT);

    let mut victim = Victim::start("termination_panics", &["block"]);
    victim.ready();
    victim.signal(SIGINT);
    victim.expect("pending");
    victim.expect("break SigInt Break 1");
    victim.ends_printing("the callback's own").died_by(SIGINT);
}

#[test]
fn c12_c16_a_block_starts_inside_before_termination() {
    for place in ["nowhere", "break", "drop"] {
        let mut victim = Victim::start("termination_opens_a_block", &[place]);
        victim.ready();
        victim.signal(SIGTERM);
        if place != "nowhere" {
            victim.expect("pending");
        }
        if place == "break" {
            victim.expect("break SigTerm Break 1");
        }
        victim.expect("start in the callback ok");
        victim.expect("end of the callback");
        victim.ends().died_by(SIGTERM);
    }
}

#[test]
fn c16_c31_a_request_inside_before_termination_changes_nothing() {
    let mut victim = Victim::start("termination_requests", &[]);
    victim.ready();
    victim.signal(SIGTERM);
    victim.expect("pending true blocks 0");
    victim.expect("end of the callback");
    victim.ends().died_by(SIGTERM);
}

#[test]
fn c30_before_termination_can_be_removed() {
    let mut victim = Victim::start("termination_removed", &[]);
    victim.ready();
    victim.signal(SIGTERM);
    victim.ends().died_by(SIGTERM);
}

#[test]
fn c16_before_termination_runs_in_the_thread_that_ends_the_process() {
    let mut victim = Victim::start("termination_on_a_worker", &[]);
    victim.ready();
    victim.signal(SIGTERM);
    victim.expect("pending");
    victim.expect("termination on worker");
    victim.ends().died_by(SIGTERM);
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
