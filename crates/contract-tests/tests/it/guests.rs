//! C8 and C27: handlers that are not ours.

use crate::harness::{SIGINT, SIGTERM, Victim};

#[test]
fn c27_without_a_block_a_guest_is_called_at_once_and_the_process_lives() {
    let mut victim = Victim::start("guest_without_a_block", &[]);
    victim.ready();
    for _ in 0..4 {
        victim.signal(SIGTERM);
        victim.expect("guest in main");
        victim.settled();
    }
    assert!(!victim.is_pending());
    victim.signal(SIGINT);
    victim.ends().died_by(SIGINT);
}

#[test]
fn c27_a_guest_is_called_when_the_block_of_main_has_ended_and_nobody_is_interrupted() {
    for way in ["drop", "break", "finish"] {
        let mut victim = Victim::start("guest_in_a_block", &[way]);
        victim.ready();
        victim.signal(SIGTERM);
        victim.settled();
        victim.tell("go");
        victim.expect("requested false");
        victim.expect("nested start ok");
        victim.expect("still protected");
        let mut lines = [victim.line(), if way == "drop" { String::new() } else { victim.line() }];
        lines.sort();
        let told = if way == "drop" { String::new() } else { format!("{way} ok") };
        let mut wanted = ["guest in main".to_owned(), told];
        wanted.sort();
        assert_eq!(lines, wanted, "{way}");
        victim.expect("new start ok");
        victim.expect("requested false");
        victim.ends().exited(0);
    }
}

#[test]
fn c27_c2_a_guest_is_called_once_for_each_event_and_counts_no_attempt() {
    let mut victim = Victim::start("guest_counts", &[]);
    victim.expect("in the block 0");
    let mut lines: Vec<String> = (0..4).map(|_| victim.line()).collect();
    lines.sort();
    assert_eq!(lines, ["guest in main", "guest in main", "guest in main", "ready"]);
    victim.settled();
    assert!(!victim.is_pending());
    victim.signal(SIGINT);
    victim.ends().died_by(SIGINT);
}

#[test]
fn c27_blocks_of_other_threads_do_not_hold_a_guest_back() {
    let mut victim = Victim::start("guest_of_another_thread", &[]);
    victim.ready();
    victim.signal(SIGTERM);
    victim.expect("guest in main");
    victim.expect("worker ok");
    assert!(!victim.is_pending());
    victim.signal(SIGINT);
    victim.ends().died_by(SIGINT);
}

#[test]
fn c27_a_guest_waits_no_longer_than_the_deadline() {
    let mut victim = Victim::start("guest_at_the_lapse", &[]);
    let started = victim.number("start");
    victim.ready();
    victim.signal(SIGTERM);
    victim.expect("guest in main");
    let called = victim.number("called");
    // The block was started a moment before the clock was read.
    assert!(called + 50_000_000 >= started + 400_000_000, "the guest was called early");
    assert!(!victim.is_pending());
    victim.signal(SIGINT);
    victim.ends().died_by(SIGINT);
}

#[test]
fn c27_a_guest_of_one_signal_leaves_the_others_as_they_are() {
    let mut victim = Victim::start("guest_beside_an_event", &[]);
    victim.ready();
    victim.signal(SIGINT);
    victim.expect("break SigInt Break 1");
    victim.ends().died_by(SIGINT);
}

#[test]
fn c27_signal_hook_registered_before_is_a_guest() {
    let mut victim = Victim::start("signal_hook_first", &[]);
    victim.expect("in the block false");
    victim.expect("behind the block true");
    victim.expect("requested false");
    victim.ends().exited(0);
}

#[test]
fn c8_c27_a_handler_over_ours_wins_until_it_is_made_a_guest() {
    let mut victim = Victim::start("installed_over_ours", &[]);
    victim.expect("installed true");
    victim.expect("guest in main");
    victim.expect("in the block 1");
    victim.expect("installed false");
    victim.expect("in the block 1");
    victim.expect("guest in main");
    victim.expect("requested false");
    victim.ends().exited(0);
}

#[test]
fn c27_a_guest_that_calls_what_stood_before_it_calls_the_guest_before_it() {
    let mut victim = Victim::start("guests_in_a_chain", &[]);
    victim.expect("two over ours 1 1 0");
    victim.expect("two in the block 1 1 0");
    victim.expect("two behind the block 2 2 0");
    victim.expect("three 3 3 1");
    victim.expect("configured again 4 4 2");
    victim.expect("the second anew 5 5 3");
    victim.expect("child 6 6 4");
    victim.expect("the last one once 6 6 4");
    victim.expect("requested false");
    victim.ends().exited(0);
}

#[test]
fn c27_a_guest_may_end_the_process_in_its_way() {
    let mut victim = Victim::start("guest_exits", &[]);
    victim.expect("still protected");
    victim.ends().exited(42);
}

#[test]
fn c8_one_record_says_that_another_handler_was_installed_over_ours() {
    let mut victim = Victim::start("logged_replacement", &[]);
    for round in ["first", "made our guest"] {
        // Each shutdown has its record of the open block, and the first one that of the handler; in any order.
        let mut first = [victim.value("log"), victim.value("log")];
        first.sort_by_key(|record| record.contains("another handler"));
        assert!(first[0].contains("the end waits"), "{first:?}");
        let theirs = "shutdown_protection WARN another handler was installed over ours for [SigTerm]: \
                      these events are seen here only if it passes them on";
        assert!(first[1].starts_with(theirs), "{first:?}");
        victim.tell("go");
        assert!(victim.value("log").contains("the end waits"));
        std::thread::sleep(std::time::Duration::from_millis(200));
        victim.tell("go");
        victim.expect(&format!("round {round}"));
    }
    victim.ends().exited(0);
}
