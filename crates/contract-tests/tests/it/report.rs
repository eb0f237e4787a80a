//! The report: open blocks, and what the log says at the first event.

use crate::harness::{SIGHUP, SIGTERM, Victim};

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
    let mut missing = vec!["SIGTERM", "ledger", "mailbox", "report.rs"];
    while !missing.is_empty() {
        let record = victim.value("log");
        assert!(record.starts_with("shutdown_protection"), "a target of ours: {record}");
        missing.retain(|word| !record.contains(word));
    }
}

#[test]
fn c6_c16_a_callback_that_panics_is_logged() {
    for (name, signal) in [("before_hup", SIGHUP), ("before_termination", SIGTERM)] {
        let mut victim = Victim::start("logged_callback", &[name]);
        while victim.line() != "ready" {}
        victim.signal(signal);
        while !victim.value("log").contains(name) {}
    }
}

#[test]
fn c8_one_record_says_that_another_handler_was_installed_over_ours() {
    let mut victim = Victim::start("logged_replacement", &[]);
    for round in ["first", "made our guest"] {
        // Each shutdown has its record of the open block, and the first one that of the handler; in any order.
        let mut first = [victim.value("log"), victim.value("log")];
        first.sort_by_key(|record| record.contains("another handler"));
        assert!(first[0].contains("the end waits"), "{first:?}");
        let theirs = "shutdown_protection WARN another handler was installed over ours for [SigTerm]";
        assert!(first[1].starts_with(theirs), "{first:?}");
        victim.tell("go");
        assert!(victim.value("log").contains("the end waits"));
        std::thread::sleep(std::time::Duration::from_millis(200));
        victim.tell("go");
        victim.expect(&format!("round {round}"));
    }
    victim.ends().exited(0);
}
