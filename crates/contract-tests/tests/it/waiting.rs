//! C1, C12 and C30: `is_requested`, `wait`, `requested`, and refused starts.

use crate::harness::{SIGTERM, Victim};

#[test]
fn c1_wait_returns_at_the_event() {
    let mut victim = Victim::start("waits", &[]);
    victim.expect("requested false");
    victim.ready();
    victim.signal(SIGTERM);
    victim.expect("wait true");
    victim.expect("requested true");
    victim.expect("wait true");
    victim.expect("break SigTerm Break 1");
    victim.ends().died_by(SIGTERM);
}

#[test]
fn c30_wait_returns_after_its_time_and_not_before() {
    let mut victim = Victim::start("waits_in_vain", &[]);
    victim.expect("wait false true");
    victim.expect("wait false");
    victim.ends().exited(0);
}

#[test]
fn c1_one_event_wakes_all_that_wait() {
    let mut victim = Victim::start("many_wait", &[]);
    victim.ready();
    victim.signal(SIGTERM);
    for _ in 0..8 {
        victim.expect("woken true");
    }
    victim.expect("break SigTerm Break 1");
    victim.ends().died_by(SIGTERM);
}

#[test]
fn c1_c9_an_event_is_seen_at_once_while_the_supervisor_takes_it() {
    let mut victim = Victim::start("looks_at_once", &[]);
    victim.expect("missed 0");
    victim.ends().exited(0);
}

#[test]
fn c1_requested_is_ready_from_the_event_on() {
    let mut victim = Victim::start("polls_requested", &[]);
    victim.expect("early false");
    victim.ready();
    victim.signal(SIGTERM);
    victim.expect("early true");
    victim.expect("late true");
    victim.expect("break SigTerm Break 1");
    victim.ends().died_by(SIGTERM);
}

#[test]
fn c12_a_start_is_refused_while_a_shutdown_is_pending() {
    for way in ["start", "start_for", "builder", "drain", "protect"] {
        let mut victim = Victim::start("refused", &[way]);
        victim.ready();
        victim.signal(SIGTERM);
        victim.expect("worker SigTerm Break 1");
        victim.expect("main SigTerm Break 1");
        victim.ends().died_by(SIGTERM);
    }
}

#[test]
fn c12_run_at_exit_starts_all_the_same() {
    let mut victim = Victim::start("run_at_exit", &["worker"]);
    victim.ready();
    victim.signal(SIGTERM);
    victim.expect("flush ok");
    victim.expect("flushed");
    victim.expect("main SigTerm Break 1");
    victim.ends().died_by(SIGTERM);

    let mut victim = Victim::start("run_at_exit", &["main"]);
    victim.ready();
    victim.signal(SIGTERM);
    victim.expect("main SigTerm Break 1");
    victim.expect("flush ok");
    std::thread::sleep(std::time::Duration::from_millis(200));
    victim.tell("go");
    victim.expect("flushed");
    victim.ends().died_by(SIGTERM);
}

const MS: u64 = 1_000_000;
const MAX: u64 = 600;
const UNWIND: u64 = 300;

/// From the delivery of the end on; and when that was, at the earliest.
fn flushes(scenario: &str, way: &str) -> (Victim, u64) {
    let mut victim = Victim::start(scenario, &[&MAX.to_string(), &UNWIND.to_string(), way]);
    victim.ready();
    victim.signal(SIGTERM);
    victim.expect("pending");
    let started = victim.number("start");
    victim.expect("break SigTerm Break 1");
    (victim, started)
}

#[test]
fn c12_c24_blocks_at_exit_that_are_started_again_and_again_do_not_put_the_end_off_for_ever() {
    for way in ["one by one", "each in the last"] {
        let (victim, started) = flushes("flushes_again_and_again", way);
        victim
            .ends()
            .died_by(SIGTERM)
            .not_before(started + MAX * MS)
            // seconds for a loaded machine
            .not_after(started + (MAX + UNWIND + 8_000) * MS);
    }
}

#[test]
fn c12_c24_a_block_at_exit_that_was_started_in_time_has_its_time() {
    let (mut victim, started) = flushes("flushes_for_long", "");
    victim.expect("flushed ok");
    victim.ends().died_by(SIGTERM).not_before(started + 2 * (MAX + UNWIND) * MS);
}
