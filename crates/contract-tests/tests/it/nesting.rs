//! C12 and C13: nested blocks of one owner.

use crate::harness::{SIGTERM, Victim};

/// The signal comes when the victim is ready; then these lines, and death by it.
fn told(scenario: &str, lines: &[&str]) {
    let mut victim = Victim::start(scenario, &[]);
    victim.ready();
    victim.signal(SIGTERM);
    victim.expect("pending");
    for line in lines {
        victim.expect(line);
    }
    victim.ends().died_by(SIGTERM);
}

#[test]
fn c13_an_inner_break_does_not_interrupt_while_an_outer_block_is_open() {
    told("inner_break", &["inner ok", "inner finish ok", "outer SigTerm Break 1"]);
}

#[test]
fn c13_an_inner_break_renews_until_a_shutdown_is_pending() {
    let mut victim = Victim::start("inner_renews", &[]);
    victim.expect("inner ok");
    victim.expect("calm renews true");
    victim.ready();
    victim.signal(SIGTERM);
    victim.expect("pending");
    victim.expect("inner ok");
    victim.expect("pending renews false");
    victim.expect("outer SigTerm Break 1");
    victim.ends().died_by(SIGTERM);
}

#[test]
fn c13_c17_the_drop_of_an_inner_guard_is_not_the_end() {
    told("inner_drop", &["behind the inner block"]);
}

#[test]
fn c13_the_deadline_of_an_owner_is_the_latest_of_its_blocks() {
    for longer in ["inner", "outer"] {
        for asked in ["inner", "outer"] {
            let mut victim = Victim::start("latest_deadline", &[longer, asked]);
            let started = victim.number("start");
            victim.ready();
            victim.signal(SIGTERM);
            victim.expect("pending");
            let lapsed = victim.number("lapse");
            assert!(lapsed >= started + 900_000_000, "the {longer} block is the longer one, and {asked} lapsed early");
            victim.ends().died_by(SIGTERM);
        }
    }
}

#[test]
fn c13_a_lapsed_outer_block_does_not_shield_an_inner_breakpoint() {
    told("outer_lapsed", &["inner SigTerm Break 1"]);
}

#[test]
fn c13_blocks_may_end_in_any_order() {
    told("outer_dropped_first", &["behind the outer block", "inner SigTerm Break 1"]);
}

#[test]
fn c12_a_nested_block_starts_while_a_shutdown_is_pending() {
    told("inner_start", &["inner start ok", "outer SigTerm Break 1"]);
}

#[test]
fn c12_a_block_starts_while_an_interrupted_one_rolls_back() {
    told("inner_of_an_interrupted", &["outer SigTerm Break 1", "inner start ok", "rolled back"]);
}

#[test]
fn c10_c13_nested_protect() {
    told(
        "nested_protect",
        &["inner ok", "inner end ok", "outer SigTerm Break 1", "rolled back", "outer end SigTerm Break 1"],
    );
}
