//! C19 and C31: the program asks for its own end.

use crate::harness::{SIGTERM, Victim};

#[test]
fn c31_c19_a_request_without_a_block_ends_the_process_with_status_0() {
    for place in ["main", "used", "worker"] {
        Victim::start("requests", &[place]).ends().exited(0);
    }
}

#[test]
fn c31_c19_a_request_in_a_block_is_only_pending() {
    for (returned, printed) in [("ok", ""), ("err", "Error: ")] {
        let mut victim = Victim::start("requests_in_a_block", &[returned]);
        victim.expect("requested true");
        victim.expect("break Request Break 0");
        victim.ends_printing(printed).exited(0);
    }
}

#[test]
fn c31_c4_a_request_from_another_thread_leaves_blocks_alone() {
    let mut victim = Victim::start("requests_elsewhere", &[]);
    victim.ready();
    victim.tell("go");
    victim.expect("undisturbed");
    victim.ends().exited(0);
}

#[test]
fn c19_the_first_event_decides_the_status() {
    let mut victim = Victim::start("requests_and_is_signalled", &["request"]);
    victim.expect("break Request Break 1");
    victim.ends().exited(0);

    let mut victim = Victim::start("requests_and_is_signalled", &["signal"]);
    victim.expect("break SigTerm Break 1");
    victim.ends().died_by(SIGTERM);
}
