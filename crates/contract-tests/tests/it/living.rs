//! C26: living on after `cancel_shutdown`.

use crate::harness::{SIGINT, SIGTERM, Victim, event};

#[test]
fn c26_c16_a_cancelled_shutdown_is_forgotten_and_the_next_one_is_a_new_one() {
    let mut victim = Victim::start("cancels", &[]);
    victim.ready();
    victim.signal(SIGTERM);
    victim.expect("pending");
    victim.expect("first SigTerm Break 1");
    victim.expect("main cancelled 1");
    victim.expect("requested false blocks 1");
    victim.expect("calm ok");
    victim.expect("behind the block");
    victim.ready();
    victim.signal(SIGINT);
    victim.expect("pending");
    victim.expect("second SigInt Break 1");
    victim.expect("termination");
    victim.ends().died_by(SIGINT);
}

#[test]
fn c26_c16_a_shutdown_is_cancelled_after_its_end_was_delivered_and_the_callback_is_armed_again() {
    let mut victim = Victim::start("cancels_after_the_end", &[]);
    for signal in [SIGTERM, SIGINT] {
        victim.ready();
        victim.signal(signal);
        victim.expect("pending");
        victim.expect(&format!("break {} Break 1", event(signal)));
        victim.expect("termination");
        victim.expect("main cancelled 1");
        victim.expect("requested false");
    }
    victim.expect("start ok");
    victim.ends().exited(0);
}

#[test]
fn c26_a_shutdown_that_nobody_met_is_cancelled_too() {
    let mut victim = Victim::start("cancels_uninterrupted", &[]);
    victim.ready();
    victim.signal(SIGTERM);
    victim.expect("pending");
    victim.expect("main cancelled 0");
    victim.expect("calm ok");
    victim.ready();
    assert!(!victim.is_pending());
    victim.signal(SIGINT);
    victim.ends().died_by(SIGINT);
}

#[test]
fn c26_to_cancel_nothing_is_nothing() {
    let mut victim = Victim::start("cancels_nothing", &[]);
    victim.expect("before cancelled 0");
    victim.expect("inside cancelled 0");
    victim.expect("calm ok");
    victim.ends().exited(0);
}

#[test]
fn c26_c2_attempts_begin_anew() {
    let mut victim = Victim::start("attempts_begin_anew", &[]);
    victim.expect("first SigTerm Break 2");
    victim.expect("main cancelled 1");
    victim.expect("second SigTerm Break 2");
    victim.ends().died_by(SIGTERM);
}

#[test]
fn c26_c5_after_the_last_attempt_it_is_refused() {
    let mut victim = Victim::start("cancel_after_attempts", &[]);
    victim.ready();
    victim.signal(SIGTERM);
    victim.expect("callback refused true");
    victim.ends().died_by(SIGTERM);
}

#[test]
fn c26_a_hundred_times() {
    let mut victim = Victim::start("cancels_again", &[]);
    victim.expect("told 100");
    victim.stops_at_its_breakpoint();
}

#[test]
fn c26_owners_that_are_refused_one_after_another_are_counted_each() {
    let mut victim = Victim::start("cancels_after_refusals", &[]);
    victim.expect("threads cancelled 5");
    victim.expect("futures cancelled 5");
    victim.ends().exited(0);
}
