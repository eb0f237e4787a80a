//! C12 and C16: `before_termination`.
//!
//! An interrupted guard is open until it is dropped (C17), so `before_termination` follows the drop.

use crate::harness::{SIGINT, SIGTERM, Victim};

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
fn c16_a_callback_that_panics_with_what_panics_in_its_drop_changes_nothing_else() {
    for place in ["nowhere", "block"] {
        let mut victim = Victim::start("termination_panics_with_what_panics", &[place]);
        victim.ready();
        victim.signal(SIGTERM);
        if place == "block" {
            victim.expect("pending");
        }
        victim.ends_printing("the destructor's own").died_by(SIGTERM);
    }
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
