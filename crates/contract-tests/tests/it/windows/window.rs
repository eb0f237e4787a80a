//! C3, C6, C9 and C21 for a program that has `user32` loaded: messages to its hidden window.

use std::time::Duration;

use crate::harness::{SIGINT, Victim};

/// `ENDSESSION_LOGOFF`.
const LOGOFF: &str = "2147483648";

/// There is a window, and each that there is agrees. (Wine gives a thread that has a window one of its own beside it.)
fn all_agree(answer: &str) {
    let answers = answer.split_once(" answers ").map(|(_, answers)| answers).unwrap_or_default();
    assert!(!answers.is_empty() && answers.split(' ').all(|answer| answer == "1"), "{answer}");
}

/// The block ends in its time, while the system waits for the answer.
#[test]
fn c9_c21_the_end_of_the_session_waits_for_the_block() {
    for (bits, event) in [("0", "CtrlShutdown"), (LOGOFF, "CtrlLogoff")] {
        let mut victim = Victim::start("windowed", &["unwinds_slowly"]);
        victim.ready();
        all_agree(&victim.message("query", bits));
        let answered = victim.message_in_the_background("end", bits);
        victim.expect("pending");
        victim.expect(&format!("break {event} Break 1"));
        std::thread::sleep(Duration::from_millis(700));
        assert!(!answered.is_finished(), "the system is told too early that the program is done");
        victim.tell("go");
        victim.expect("rolled back");
        victim.ends().exited(7);
    }
}

#[test]
fn c3_without_a_block_the_end_of_the_session_is_the_end() {
    let mut victim = Victim::start("windowed", &["termination_at", "nowhere"]);
    victim.ready();
    let _answered = victim.message_in_the_background("end", "0");
    victim.expect("termination");
    victim.ends().died_by(SIGINT);
}

/// Another program may refuse: then nobody is ended, and nothing was asked of us.
#[test]
fn c26_an_end_of_the_session_that_is_called_off_is_no_event() {
    let mut victim = Victim::start("windowed", &["termination_at", "nowhere"]);
    victim.ready();
    all_agree(&victim.message("query", "0"));
    victim.message("cancel", "0");
    assert!(!victim.is_pending());
    victim.lives();
}

#[test]
fn c9_what_taskkill_sends_is_an_event() {
    let mut victim = Victim::start("windowed", &["unwinds_slowly"]);
    victim.ready();
    victim.message("close", "0");
    victim.expect("pending");
    victim.expect("break CtrlClose Break 1");
    victim.tell("go");
    victim.expect("rolled back");
    victim.ends().exited(7);
}

#[test]
fn c2_messages_after_the_first_are_no_attempts() {
    let mut victim = Victim::start("windowed", &["unwinds_slowly"]);
    victim.ready();
    for _ in 0..4 {
        victim.message("close", "0");
        std::thread::sleep(Duration::from_millis(60));
    }
    victim.expect("pending");
    victim.expect("break CtrlClose Break 1");
    victim.tell("go");
    victim.expect("rolled back");
    victim.ends().exited(7);
}

#[test]
fn c6_a_logoff_can_be_ignored() {
    for place in ["block", "nowhere"] {
        let mut victim = Victim::start("windowed", &["keeps_logoff", place]);
        victim.ready();
        all_agree(&victim.message("query", LOGOFF));
        victim.message("end", LOGOFF);
        assert!(!victim.is_pending());
        victim.lives();
    }
}
