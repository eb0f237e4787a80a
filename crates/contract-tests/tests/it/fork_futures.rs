//! C23: futures that a child inherits.

use crate::harness::{SIGTERM, Victim};

fn says(scenario: &str, args: &[&str], lines: &[&str]) -> Victim {
    let mut victim = Victim::start(scenario, args);
    lines.iter().for_each(|line| victim.expect(line));
    victim
}

#[test]
fn c23_c1_an_inherited_request_does_not_take_the_childs_events() {
    let lines =
        ["child ready true", "child requested true", "child SigTerm Break 1", "child exit 0", "parent ready false"];
    for made in ["polled", "unpolled"] {
        says("child_polls_the_inherited_request", &[made], &lines).ends().exited(0);
    }
}

#[test]
fn c23_an_inherited_request_is_woken_in_the_child() {
    says("child_awaits_the_inherited_request", &[], &["child SigTerm Break 1", "child exit 0"]).ends().exited(0);
}

#[test]
fn c23_c9_a_breakpoint_of_an_inherited_future_makes_it_the_childs() {
    for poll in ["at once", "later"] {
        for how in ["break", "renew"] {
            let mut victim = says("child_goes_on_in_the_future", &[poll, how], &["child blocks 0"]);
            if how == "break" {
                victim.expect("child calm ok");
            }
            let lines = [
                "child blocks 1",
                "child SigTerm Break 1",
                "child again SigTerm Break 1",
                "child blocks 1",
                "child exit 0",
                "parent ok",
                "parent blocks 0",
                "task ok",
            ];
            lines.iter().for_each(|line| victim.expect(line));
            victim.ends().exited(0);
        }
    }
}

#[test]
fn c23_c13_inherited_futures_come_home_with_those_around_them() {
    says(
        "child_goes_on_in_nested_futures",
        &[],
        &[
            "inner calm ok",
            "child blocks 2",
            "inner ok",
            "inner ends ok",
            "child blocks 1",
            "outer SigTerm Break 1",
            "child exit 0",
            "inner ends ok",
            "outer ok",
            "task ok",
        ],
    )
    .ends()
    .exited(0);
}

#[test]
fn c23_c14_a_future_in_an_inert_one_is_an_owner_of_its_own() {
    says(
        "child_starts_in_the_inherited_future",
        &[],
        &["child blocks 1", "own SigTerm Break 1", "own ends ok", "child exit 0", "task ok"],
    )
    .ends()
    .exited(0);
}

#[test]
fn c23_c11_an_inherited_future_is_dropped_at_its_deadline_in_the_child() {
    says(
        "child_future_has_a_deadline",
        &[],
        &["child task SigTerm Deadline 1", "child blocks 0", "child exit 0", "task ok"],
    )
    .ends()
    .exited(0);
}

#[test]
fn c23_c16_the_end_that_called_the_callback_is_the_parents() {
    says("child_returns_from_the_callback", &[], &["child requested false", "child SigInt Break 1", "child exit 0"])
        .ends()
        .died_by(SIGTERM);
}
