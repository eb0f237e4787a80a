//! The rules for an owner that is a future, on three runtimes.

use crate::harness::{SIGINT, SIGTERM, Victim, in_its_words};

const RUNTIMES: [&str; 3] = ["current", "multi", "smol"];

/// On each runtime these lines, with the signal after `ready`; the victims, to see their end.
fn told(scenario: &str, lines: &[&str]) -> Vec<Victim> {
    RUNTIMES
        .iter()
        .map(|runtime| {
            let mut victim = Victim::start(scenario, &[runtime]);
            for line in lines {
                victim.expect(line);
                if *line == "ready" {
                    victim.signal(SIGTERM);
                }
            }
            victim
        })
        .collect()
}

fn told_then_dies(scenario: &str, lines: &[&str]) {
    for victim in told(scenario, lines) {
        victim.ends().died_by(SIGTERM);
    }
}

fn told_then_exits(scenario: &str, lines: &[&str]) {
    for victim in told(scenario, lines) {
        victim.ends().exited(0);
    }
}

#[test]
fn c9_a_protected_future_returns_its_value() {
    told_then_exits("task_value", &["inside ok", "value Some(7)", "blocks 0"]);
}

#[test]
fn c11_c17_a_protected_future_is_dropped_at_its_deadline_and_not_before() {
    for runtime in RUNTIMES {
        let mut victim = Victim::start("task_dropped", &[runtime]);
        let started = victim.number("start");
        victim.ready();
        victim.signal(SIGINT);
        victim.expect("pending");
        let dropped = victim.number("dropped");
        assert!(dropped >= started + 500_000_000, "the deadline struck early");
        victim.expect("task SigInt Deadline 1");
        victim.ends().died_by(SIGINT);
    }
}

#[test]
fn c9_a_breakpoint_inside_a_future_breaks() {
    told_then_dies("task_breaks", &["ready", "pending", "inside SigTerm Break 1", "again SigTerm Break 1", "task ok"]);
}

#[test]
fn c10_c19_a_protected_future_that_ends_by_itself_keeps_its_value() {
    told_then_dies("task_ends", &["ready", "pending", "task ok"]);
}

#[test]
fn c13_protected_futures_nest() {
    told_then_dies(
        "task_nested",
        &["ready", "pending", "inner ok", "inner value Some(7)", "outer SigTerm Break 1", "task ok"],
    );
}

#[test]
fn c12_a_protected_future_is_refused_while_a_shutdown_is_pending() {
    for runtime in RUNTIMES {
        let mut victim = Victim::start("task_refused", &[runtime]);
        victim.ready();
        victim.signal(SIGTERM);
        // The first future says `pending` at its next poll, which the second's refusal may overtake.
        let mut lines = vec![victim.line(), victim.line(), victim.line()];
        lines.sort();
        assert_eq!(lines, ["blocks 1", "pending", &in_its_words("second SigTerm Break 1")], "{runtime}");
        victim.ends().died_by(SIGTERM);
    }
}

#[test]
fn c3_c22_a_cancelled_future_leaves_no_block_behind() {
    for victim in told("task_cancelled", &["unpolled 0", "polled 1", "dropped 0", "ready"]) {
        victim.settled();
        victim.ends().died_by(SIGTERM);
    }
}

#[test]
fn c3_c22_a_cancelled_future_whose_destructor_panics_leaves_no_block_behind() {
    for victim in told("task_cancelled_with_a_panic", &["polled 1", "panicked true dropped 0", "ready"]) {
        victim.settled();
        victim.ends_printing("the destructor's own").died_by(SIGTERM);
    }
}

#[test]
fn c15_c17_a_future_cancelled_while_a_shutdown_is_pending_is_the_end() {
    told_then_dies("task_cancelled_while_pending", &["ready", "pending"]);
}

#[test]
fn c9_c11_a_future_renews_its_block() {
    told_then_exits(
        "task_renews",
        &["without ok", "without renews false", "renew renews true", "renew_for renews true", "deadline ok"],
    );
}

#[test]
fn c30_outside_of_a_protected_future_nothing_happens() {
    told_then_exits("task_outside", &["remaining None", "break ok", "deadline ok", "remaining None"]);
}

#[test]
fn c14_two_protected_futures_of_one_task_are_independent() {
    told_then_dies(
        "task_pair",
        &["ready", "pending", "first inside SigTerm Break 1", "second undisturbed", "second inside SigTerm Break 1"],
    );
}

#[test]
fn c18_a_break_in_an_event_loop_does_not_block_it() {
    let lines = ["ready", "pending", "inside SigTerm Break 1", "loop goes on", "task ok"];
    for mut victim in told("task_beside_a_thread", &lines) {
        victim.tell("go");
        victim.expect("thread done");
        victim.ends().died_by(SIGTERM);
    }
}

#[test]
fn c1_requested_wakes_a_task() {
    told_then_dies("task_waits", &["ready", "pending", "break SigTerm Break 1"]);
}
