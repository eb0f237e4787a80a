//! C6, C21, C24 and C26: what the system enforces, and within which time.

use std::time::Duration;

use contract_tests::windows::console::ConsoleEvent::{self, C, Close, Logoff, Shutdown};
use contract_tests::windows::console::Over;
use contract_tests::windows::held::time_for;

use super::{ENFORCED, name};
use crate::harness::{SIGINT, Victim, monotonic_ns};

/// What the library keeps of the system's time for itself.
const MARGIN: Duration = Duration::from_millis(500);
/// What a loaded machine may add.
const SLACK: Duration = Duration::from_secs(8);

fn granted(event: ConsoleEvent) -> Duration {
    time_for(event).expect("an enforced event").saturating_sub(MARGIN)
}

fn ns(time: Duration) -> u64 {
    u64::try_from(time.as_nanos()).expect("seconds")
}

/// The status is the program's: it was not killed behind a handler that came back too early.
#[test]
fn c21_the_handler_is_held_until_the_program_has_ended() {
    for event in ENFORCED {
        let mut victim = Victim::start("unwinds_slowly", &[]);
        victim.ready();
        victim.console(event);
        victim.expect("pending");
        victim.expect(&format!("break {} Break 1", name(event)));
        std::thread::sleep(Duration::from_millis(700));
        victim.tell("go");
        victim.expect("rolled back");
        let held = victim.held();
        assert_eq!(held.over, Over::WithTheProcess, "{event:?}: the handler came back too early");
        assert!(held.time >= Duration::from_millis(700), "{event:?} {held:?}");
        victim.ends().exited(7);
    }
}

#[test]
fn c21_c15_so_it_is_until_the_last_worker_is_done() {
    for event in ENFORCED {
        let mut victim = Victim::start("drains_in_a_thread", &[]);
        victim.ready();
        victim.console(event);
        victim.expect("pending");
        std::thread::sleep(Duration::from_millis(700));
        victim.tell("go");
        victim.expect("drained");
        victim.expect("termination");
        victim.ends().exited(7);
    }
}

#[test]
fn c21_deadlines_are_at_most_what_the_system_grants() {
    for event in ENFORCED {
        let most = granted(event).as_millis().to_string();
        let mut victim = Victim::start("says_what_is_left", &[&most]);
        victim.ready();
        victim.console(event);
        victim.expect("pending");
        victim.expect("left true");
        victim.expect("listed true");
        victim.expect("renewed true");
        victim.expect(&format!("break {} Break 1", name(event)));
        victim.ends().exited(7);
    }
}

/// A program that never looks is ended, not before the time is over and not after the system would have killed it.
#[test]
fn c21_c24_a_program_that_never_ends_has_all_of_that_time() {
    for event in ENFORCED {
        let mut victim = Victim::start("in_a_block", &["default"]);
        victim.ready();
        let sent = monotonic_ns();
        victim.console(event);
        victim.expect("pending");
        let ending = victim.ends();
        ending.died_by(SIGINT).not_before(sent + ns(granted(event))).not_after(sent + ns(granted(event) + SLACK));
    }
}

#[test]
fn c11_c21_a_shorter_deadline_stays() {
    for event in ENFORCED {
        let mut victim = Victim::start("polls_its_deadline", &["600", "300"]);
        let started = victim.number("start");
        victim.ready();
        victim.console(event);
        victim.expect("pending");
        let lapsed = victim.number("lapse");
        victim.expect(&format!("deadline {} Deadline 1", name(event)));
        assert!(lapsed >= started + 600_000_000, "the deadline struck early");
        victim.ends().died_by(SIGINT).not_before(started + 900_000_000);
    }
}

/// The first event leaves all the time in the world; the second does not.
#[test]
fn c21_an_enforced_event_behind_another_caps_the_deadlines_too() {
    let mut victim = Victim::start("in_a_block", &["default"]);
    victim.ready();
    victim.console(C);
    victim.expect("pending");
    victim.settled();
    let sent = monotonic_ns();
    victim.console(Close);
    victim.ends().died_by(SIGINT).not_before(sent + ns(granted(Close))).not_after(sent + ns(granted(Close) + SLACK));
}

#[test]
fn c24_a_program_that_does_not_unwind_is_ended() {
    for event in ENFORCED {
        let mut victim = Victim::start("stuck_after_its_break", &["400"]);
        victim.ready();
        victim.console(event);
        victim.expect("pending");
        victim.expect(&format!("break {} Break 1", name(event)));
        let delivered = victim.number("start");
        victim.ends().died_by(SIGINT).not_before(delivered + 400_000_000);
    }
}

#[test]
fn c26_what_the_system_enforces_cannot_be_cancelled() {
    for event in ENFORCED {
        let mut victim = Victim::start("cancels_uninterrupted", &[]);
        victim.ready();
        victim.console(event);
        victim.expect("pending");
        victim.expect("main refused true");
        victim.expect(&format!("calm {} Break 1", name(event)));
        victim.ends_saying_at_most("ready").died_by(SIGINT);
    }
}

#[test]
fn c6_a_logoff_can_be_ignored_and_nothing_else() {
    for (place, then) in [("block", Shutdown), ("nowhere", Close)] {
        let mut victim = Victim::start("keeps_logoff", &[place]);
        victim.ready();
        victim.console_unenforced(Logoff);
        victim.settled();
        assert!(!victim.is_pending());
        victim.console(then);
        victim.ends().died_by(SIGINT);
    }
}
