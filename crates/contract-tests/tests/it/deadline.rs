//! C11, C22 and C24: deadlines, which never strike early, and the hard stage behind them.
//!
//! Lower bounds are exact: victim and test read the same clock. Upper bounds leave seconds to a loaded machine.

use std::time::Duration;

use crate::harness::{SIGINT, SIGNALS, SIGTERM, Victim, monotonic_ns};

const MS: u64 = 1_000_000;
const MAX: u64 = 600;
const UNWIND: u64 = 300;
/// Added to the upper bounds.
const SLACK: u64 = 8_000;

fn start(scenario: &str, extra: &[&str]) -> Victim {
    let times = [MAX.to_string(), UNWIND.to_string()];
    let mut args = vec![times[0].as_str(), times[1].as_str()];
    args.extend(extra);
    Victim::start(scenario, &args)
}

#[test]
fn c11_c24_check_deadline_fails_after_the_deadline_and_the_hard_stage_follows() {
    let mut victim = start("polls_its_deadline", &[]);
    let started = victim.number("start");
    victim.ready();
    victim.signal(SIGTERM);
    victim.expect("pending");
    let lapsed = victim.number("lapse");
    victim.expect("deadline SigTerm Deadline 1");
    assert!(lapsed >= started + MAX * MS, "the deadline struck early");
    victim
        .ends()
        .died_by(SIGTERM)
        .not_before(started + (MAX + UNWIND) * MS)
        .not_after(started + (MAX + UNWIND + SLACK) * MS);
}

#[test]
fn c11_c17_a_program_that_sees_its_deadline_unwinds() {
    let mut victim = start("handles_its_deadline", &[]);
    let started = victim.number("start");
    victim.ready();
    victim.signal(SIGINT);
    victim.expect("pending");
    let lapsed = victim.number("lapse");
    victim.expect("deadline SigInt Deadline 1");
    assert!(lapsed >= started + MAX * MS, "the deadline struck early");
    victim.expect("unwinding");
    victim.ends().died_by(SIGINT);
}

#[test]
fn c11_c24_a_stuck_thread_is_ended_after_the_deadline_and_unwind_time() {
    for place in ["sleep", "read"] {
        for signal in SIGNALS {
            let mut victim = start("stuck_in", &[place]);
            let started = victim.number("start");
            victim.ready();
            victim.signal(signal);
            victim.expect("pending");
            victim
                .ends()
                .died_by(signal)
                .not_before(started + (MAX + UNWIND) * MS)
                .not_after(started + (MAX + UNWIND + SLACK) * MS);
        }
    }
}

#[test]
fn c22_a_lapsed_block_shields_nothing() {
    let mut victim = Victim::start("lapsed_first", &["stay"]);
    victim.expect("deadline ok");
    victim.ready();
    let sent = monotonic_ns();
    victim.signal(SIGTERM);
    victim.ends().died_by(SIGTERM).not_after(sent + SLACK * MS);
}

#[test]
fn c9_a_breakpoint_with_nothing_pending_renews_a_lapsed_block_too() {
    let mut victim = Victim::start("lapsed_first", &["break"]);
    victim.expect("deadline ok");
    victim.expect("break ok");
    victim.expect("renewed true");
    victim.ready();
    victim.signal(SIGTERM);
    victim.ends().died_by(SIGTERM);
}

#[test]
fn c22_a_forgotten_guard_is_bounded_by_its_deadline() {
    let mut victim = start("leaked", &[]);
    let started = victim.number("start");
    victim.ready();
    victim.signal(SIGTERM);
    victim.expect("pending");
    victim.ends().died_by(SIGTERM).not_before(started + MAX * MS).not_after(started + (MAX + UNWIND + SLACK) * MS);
}

#[test]
fn c11_a_renewal_moves_the_deadline() {
    for moment in ["before", "after"] {
        let mut victim = Victim::start("renewed", &[moment]);
        victim.ready();
        victim.signal(SIGTERM);
        victim.expect("pending");
        std::thread::sleep(Duration::from_millis(1700));
        victim.tell("go");
        victim.expect("deadline ok");
        victim.expect("remaining true");
        victim.expect("break SigTerm Break 1");
        victim.ends().died_by(SIGTERM);
    }
}

/// Without the renewal the same block has lapsed, which shows that the other test looks at the right moment.
#[test]
fn c11_without_a_renewal_the_deadline_stays() {
    let mut victim = Victim::start("renewed", &["never"]);
    victim.ready();
    victim.signal(SIGTERM);
    victim.expect("pending");
    std::thread::sleep(Duration::from_millis(1700));
    victim.tell("go");
    victim.expect("deadline SigTerm Deadline 1");
    victim.expect("remaining false");
    victim.line();
    victim.ends().died_by(SIGTERM);
}

#[test]
fn c11_drain_time_begins_with_the_event() {
    let mut victim = start("draining", &[]);
    victim.expect("calm ok");
    victim.ready();
    let sent = monotonic_ns();
    victim.signal(SIGTERM);
    victim.expect("pending");
    let lapsed = victim.number("lapse");
    assert!(lapsed >= sent + MAX * MS, "the deadline struck early");
    victim.expect("deadline SigTerm Deadline 1");
    victim.ends().died_by(SIGTERM).not_before(sent + (MAX + UNWIND) * MS).not_after(sent + (MAX + UNWIND + SLACK) * MS);
}

#[test]
fn c24_a_program_that_does_not_unwind_is_ended() {
    let mut victim = Victim::start("stuck_after_its_break", &["400"]);
    victim.ready();
    victim.signal(SIGINT);
    victim.expect("pending");
    victim.expect("break SigInt Break 1");
    let delivered = victim.number("start");
    victim.ends().died_by(SIGINT).not_before(delivered + 400 * MS).not_after(delivered + (400 + SLACK) * MS);
}

#[test]
fn c24_a_shorter_time_to_unwind_counts_at_once() {
    for less in [10, 300] {
        let mut victim = Victim::start("unwinds_with_less_time", &[&less.to_string()]);
        victim.ready();
        victim.signal(SIGTERM);
        victim.expect("pending");
        victim.expect("break SigTerm Break 1");
        let since = victim.number("unwinds");
        victim.ends().died_by(SIGTERM).not_before(since + less * MS);
    }
}
