//! The report: open blocks, and what the log says at the first event.

use crate::harness::{SIGTERM, Victim, in_its_words};

#[test]
fn c22_open_blocks_are_listed_with_name_place_age_and_time() {
    let mut victim = Victim::start("listed", &[]);
    for (index, name) in ["-", "ledger", "-", "-"].into_iter().enumerate() {
        let line = victim.number("want");
        victim.expect(&format!("block {name} report.rs old true left true"));
        victim.expect(&format!("line {line}"));
        victim.expect("end");
        if index == 0 {
            victim.expect("age true");
        }
    }
    victim.ends().exited(0);
}

#[test]
fn c11_a_drain_block_has_no_time_before_the_event() {
    let mut victim = Victim::start("listed_while_draining", &[]);
    victim.expect("left false");
    victim.ready();
    victim.signal(SIGTERM);
    victim.expect("pending");
    victim.expect("left true");
    victim.expect("break SigTerm Break 1");
    victim.ends().died_by(SIGTERM);
}

#[test]
fn c4_the_log_names_the_blocks_that_hold_the_process_at_the_first_event() {
    let mut victim = Victim::start("logged", &[]);
    while victim.line() != "ready" {}
    victim.signal(SIGTERM);
    let mut missing = vec![in_its_words("SIGTERM"), "ledger".into(), "mailbox".into(), "report.rs".into()];
    while !missing.is_empty() {
        let record = victim.value("log");
        assert!(record.starts_with("shutdown_protection"), "a target of ours: {record}");
        missing.retain(|word| !record.contains(&**word));
    }
}

#[test]
fn c16_a_callback_that_panics_is_logged() {
    let mut victim = Victim::start("logged_callback", &[]);
    while victim.line() != "ready" {}
    victim.signal(SIGTERM);
    while !victim.value("log").contains("before_termination") {}
}
