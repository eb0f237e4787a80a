//! C23: after `fork`, parent and child are two processes.

use crate::harness::{SIGTERM, Victim};

fn says(scenario: &str, lines: &[&str]) -> Victim {
    let mut victim = Victim::start(scenario, &[]);
    for line in lines {
        victim.expect(line);
        if *line == "ready" {
            victim.signal(SIGTERM);
        }
    }
    victim
}

#[test]
fn c23_a_child_has_no_open_blocks_and_nothing_pending() {
    says("child_is_clean", &["child blocks 0 requested false", "child exit 0", "parent blocks 1 requested false"])
        .ends()
        .exited(0);

    says(
        "child_of_a_pending_parent",
        &[
            "ready",
            "pending",
            "child blocks 0 requested false",
            "child start ok",
            "child exit 0",
            "break SigTerm Break 1",
        ],
    )
    .ends()
    .died_by(SIGTERM);
}

#[test]
fn c23_c3_a_child_without_a_block_dies_by_its_signal_and_the_parent_is_not_told() {
    says("child_is_signalled", &["child signal 15", "parent requested false", "parent ok"]).ends().exited(0);
}

#[test]
fn c23_a_child_is_not_told_of_the_parents_signal() {
    let mut victim = says("child_outlives_a_signalled_parent", &["ready", "pending"]);
    victim.tell("go");
    victim.expect("child requested false");
    victim.expect("child ok");
    victim.expect("child exit 0");
    victim.expect("parent SigTerm Break 1");
    victim.ends().died_by(SIGTERM);
}

#[test]
fn c23_an_inherited_guard_is_inert() {
    says(
        "child_drops_the_inherited_guard",
        &["child behind the inherited guard, blocks 1", "child signal 15", "parent blocks 1 requested false"],
    )
    .ends()
    .exited(0);
}

#[test]
fn c23_a_breakpoint_of_an_inherited_guard_makes_it_the_childs() {
    says(
        "child_breaks_the_inherited_guard",
        &["child calm ok", "child blocks 1", "child SigTerm Break 1", "child unwinds", "child signal 15", "parent ok"],
    )
    .ends()
    .exited(0);
}

#[test]
fn c23_the_library_works_in_the_child() {
    says(
        "child_uses_the_library",
        &[
            "child SigInt Break 1",
            "termination",
            "child signal 2",
            "parent ok",
            "ready",
            "pending",
            "parent SigTerm Break 1",
            "termination",
        ],
    )
    .ends()
    .died_by(SIGTERM);
}

#[test]
fn c23_c11_c24_deadlines_work_in_the_child() {
    says("child_has_deadlines", &["child signal 3", "parent requested false"]).ends().exited(0);
}

#[test]
fn c23_a_grandchild_is_a_process_of_its_own() {
    says(
        "grandchild",
        &["grandchild SigHup Break 1", "grandchild signal 1", "child ok", "child exit 5", "parent ok", "ready"],
    )
    .ends()
    .died_by(SIGTERM);
}

#[test]
fn c23_no_lock_taken_at_the_fork_blocks_a_child() {
    for _ in 0..3 {
        says("fork_beside_busy_threads", &["calm 25 signalled 25", "requested false"]).ends().exited(0);
    }
}
