//! C14, C15, C17, C18 and C24: blocks of several threads.

use std::time::Duration;

use crate::harness::{SIGINT, SIGTERM, Victim};

const MS: u64 = 1_000_000;

fn signalled(scenario: &str, signal: i32) -> Victim {
    let mut victim = Victim::start(scenario, &[]);
    victim.ready();
    victim.signal(signal);
    victim.expect("pending");
    victim
}

#[test]
fn c14_c15_blocks_of_two_threads_are_independent() {
    let mut victim = signalled("independent", SIGTERM);
    victim.tell("first break");
    victim.expect("first SigTerm Break 1");
    victim.tell("first drop");
    victim.expect("first done");
    // The second is still open: the process lives, and `go` finds it undisturbed.
    victim.settled();
    victim.tell("go");
    victim.expect("second SigTerm Break 1");
    victim.expect("second done");
    victim.ends().died_by(SIGTERM);
}

#[test]
fn c14_each_thread_has_its_own_deadline() {
    let mut victim = signalled("own_deadlines", SIGTERM);
    victim.expect("short SigTerm Deadline 1");
    victim.line();
    victim.expect("short done");
    victim.expect("long ok");
    victim.expect("long SigTerm Break 1");
    victim.expect("long done");
    victim.ends().died_by(SIGTERM);
}

/// The main thread is at its breakpoint long before the worker is done, and comes back after it.
#[test]
fn c18_c16_the_main_thread_waits_in_its_break_for_the_blocks_of_others() {
    let mut victim = Victim::start("main_waits", &[]);
    signal_both_ready(&mut victim, 2);
    std::thread::sleep(Duration::from_millis(300));
    victim.tell("go");
    victim.expect("worker done");
    victim.expect("main SigTerm Break 1");
    victim.expect("termination");
    victim.ends().died_by(SIGTERM);
}

#[test]
fn c18_c12_the_main_thread_waits_in_a_refused_start_too() {
    let mut victim = Victim::start("main_start_waits", &[]);
    signal_both_ready(&mut victim, 1);
    std::thread::sleep(Duration::from_millis(300));
    victim.tell("go");
    victim.expect("worker done");
    // The main thread has no block: so the worker's drop may be the end (C17) before it is told.
    victim.ends_saying_at_most("main SigTerm Break 1").died_by(SIGTERM);
}

/// Both threads say that they are ready and that they see the event.
fn signal_both_ready(victim: &mut Victim, threads: usize) {
    for _ in 0..threads {
        victim.ready();
    }
    victim.signal(SIGTERM);
    for _ in 0..threads {
        victim.expect("pending");
    }
}

#[test]
fn c18_c11_that_waiting_ends_with_the_deadline_of_the_others() {
    let mut victim = signalled("main_waits_for_a_lapse", SIGTERM);
    victim.expect("main SigTerm Break 1");
    let told = victim.number("told");
    let started = victim.number("start");
    assert!(told >= started + 700 * MS, "the main thread left the worker behind");
    victim.ends().died_by(SIGTERM);
}

#[test]
fn c18_c5_attempts_break_that_waiting() {
    let mut victim = signalled("main_waits_in_vain", SIGTERM);
    victim.settled();
    victim.signal(SIGINT);
    victim.settled();
    victim.signal(SIGINT);
    // Whether the main thread is told on the way (cause `Attempts`) is its race with the end.
    victim.ends_saying_at_most("main SigTerm Attempts 3").died_by(SIGINT);
}

#[test]
fn c17_the_last_guard_of_a_worker_ends_the_process() {
    signalled("worker_drops_last", SIGTERM).ends().died_by(SIGTERM);
}

#[test]
fn c17_c24_a_worker_that_panics_unwinds_and_the_process_ends() {
    signalled("worker_panics", SIGTERM).ends_printing("the worker's own").died_by(SIGTERM);
}

#[test]
fn c24_when_only_a_worker_was_told_the_hard_stage_ends_the_process() {
    let mut victim = signalled("worker_unwinds", SIGINT);
    victim.expect("worker SigInt Break 1");
    let delivered = victim.number("start");
    victim.ends().died_by(SIGINT).not_before(delivered + 300 * MS);
}
