//! C2, C5, C19 and C20: attempts.

use crate::harness::{BURST, SIGINT, SIGTERM, Victim};

/// Runs `counted` with signals that do not reach the maximum.
pub(crate) fn survives(max: &str, signals: &str, wanted: &str) -> Victim {
    let mut victim = Victim::start("counted", &[max, signals, "break"]);
    victim.expect("raised");
    victim.expect(&format!("break {wanted}"));
    victim
}

/// Runs `counted` with signals of which the last reaches the maximum. (The victim says `raised`, or is dead before.)
pub(crate) fn is_killed(max: &str, signals: &str, by: i32) {
    let victim = Victim::start("counted", &[max, signals, "stuck"]);
    victim.ends_saying_at_most("raised").died_by(by);
}

#[test]
fn c5_c19_the_attempt_that_reaches_the_maximum_ends_the_process_by_its_signal() {
    is_killed("1", "15", SIGTERM);
    is_killed("2", "15,2", SIGINT);
    is_killed("3", "15,15,15", SIGTERM);
    is_killed("4", "2,15,2,15", SIGTERM);
}

#[test]
fn c5_below_the_maximum_nothing_happens_and_the_first_signal_is_the_status() {
    survives("2", "15", "SigTerm Break 1").ends().died_by(SIGTERM);
    survives("3", "2,15", "SigInt Break 2").ends().died_by(SIGINT);
    survives("4", "2,15,15", "SigInt Break 3").ends().died_by(SIGINT);
}

#[test]
fn c2_a_request_of_the_program_is_no_attempt() {
    survives("2", "request,request,15", "Request Break 1").ends().exited(0);
    is_killed("2", "request,15,2", SIGINT);
}

#[test]
fn c2_signals_of_one_kind_within_50_ms_are_one_attempt() {
    merges("merged", &[BURST], "SigTerm Break 1");
    merges("window", &[], "after 2 attempts");
}

#[test]
fn c2_signals_of_two_kinds_are_two_attempts_however_close() {
    merges("merged", &["15,2"], "SigTerm Break 2");
}

/// Repeats what a busy machine made too slow to count.
pub(crate) fn merges(scenario: &str, args: &[&str], wanted: &str) {
    for _ in 0..50 {
        let mut victim = Victim::start(scenario, args);
        if victim.line() == "slow" {
            continue;
        }
        victim.expect(&format!("break {wanted}"));
        victim.ends();
        return;
    }
    panic!("the machine was never fast enough");
}

#[test]
fn c5_three_attempts_from_outside_end_the_process_by_default() {
    for (second, third) in [(SIGTERM, SIGTERM), (SIGINT, SIGINT)] {
        let mut victim = Victim::start("in_a_block", &["default"]);
        victim.ready();
        victim.signal(SIGTERM);
        victim.expect("pending");
        victim.settled();
        victim.signal(second);
        victim.settled();
        victim.lives();
        victim.signal(third);
        victim.ends().died_by(third);
    }
}

#[test]
fn c5_a_maximum_of_one_makes_blocks_transparent() {
    let mut victim = Victim::start("in_a_block", &["1"]);
    victim.ready();
    victim.signal(SIGINT);
    victim.ends_saying_at_most("pending").died_by(SIGINT);
}

#[test]
fn c20_more_events_change_nothing_while_the_program_unwinds() {
    let mut victim = Victim::start("after_the_break", &["second"]);
    victim.ready();
    victim.signal(SIGTERM);
    victim.expect("pending");
    victim.expect("break SigTerm Break 1");
    victim.expect("unwinding");
    victim.ends().died_by(SIGTERM);
}

#[test]
fn c20_c5_until_the_maximum_is_reached() {
    let mut victim = Victim::start("after_the_break", &["third"]);
    victim.ready();
    victim.signal(SIGTERM);
    victim.expect("pending");
    victim.expect("break SigTerm Break 1");
    victim.expect("unwinding");
    victim.ends().died_by(SIGINT);
}

#[test]
fn c5_c16_attempts_end_a_callback_that_hangs() {
    let mut victim = Victim::start("stuck_without_a_block", &[]);
    victim.ready();
    victim.signal(SIGTERM);
    victim.expect("callback");
    victim.settled();
    victim.signal(SIGTERM);
    victim.settled();
    victim.signal(SIGTERM);
    victim.ends().died_by(SIGTERM);
}

#[test]
fn c19_a_code_can_replace_the_signal() {
    for place in ["nowhere", "break", "drop", "lapsed", "killed"] {
        let mut victim = Victim::start("coded", &["7", place]);
        victim.ready();
        victim.signal(SIGTERM);
        if place != "nowhere" {
            victim.expect("pending");
        }
        match place {
            "break" => victim.expect("break SigTerm Break 1"),
            "killed" => {
                for _ in 0..2 {
                    victim.settled();
                    victim.signal(SIGTERM);
                }
            }
            _ => {}
        }
        victim.ends().exited(7);
    }
}
