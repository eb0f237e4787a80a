//! C18, C28 and C29: `main` returns while other threads hold blocks.

use std::time::Duration;

use crate::harness::{SIGTERM, Victim};

#[test]
fn c29_when_main_returns_workers_finish_their_blocks_first() {
    for code in [0, 7] {
        let mut victim = Victim::start("main_returns", &[&code.to_string(), "drop"]);
        victim.number("main returns");
        std::thread::sleep(Duration::from_millis(300));
        victim.tell("go");
        victim.expect("worker done");
        victim.ends().exited(code);
    }
}

#[test]
fn c29_the_breakpoints_of_workers_break() {
    let mut victim = Victim::start("main_returns", &["0", "break"]);
    victim.number("main returns");
    victim.tell("go");
    victim.expect("worker Exit Break 0");
    victim.expect("worker done");
    victim.ends().exited(0);
}

#[test]
fn c29_deadlines_bound_the_waiting() {
    let mut victim = Victim::start("main_returns", &["3", "lapse"]);
    let (started, _) = started_and_returned(&mut victim);
    victim.ends().exited(3).not_before(started + 900 * 1_000_000);

    let mut victim = Victim::start("main_returns", &["0", "drain"]);
    let (_, returned) = started_and_returned(&mut victim);
    victim.ends().exited(0).not_before(returned + 500 * 1_000_000);
}

/// The two lines come from two threads, in any order.
fn started_and_returned(victim: &mut Victim) -> (u64, u64) {
    let mut moments = [None, None];
    while moments.iter().any(Option::is_none) {
        let line = victim.line();
        for (moment, word) in moments.iter_mut().zip(["start ", "main returns "]) {
            if let Some(number) = line.strip_prefix(word) {
                *moment = number.parse().ok();
            }
        }
    }
    (moments[0].expect("said"), moments[1].expect("said"))
}

#[test]
fn c28_c18_main_returns_while_a_shutdown_is_pending_and_a_worker_works() {
    let mut victim = Victim::start("main_returns_while_pending", &[]);
    victim.ready();
    victim.signal(SIGTERM);
    victim.expect("pending");
    std::thread::sleep(Duration::from_millis(300));
    victim.tell("go");
    victim.expect("worker done");
    victim.ends().died_by(SIGTERM);
}

#[test]
fn c28_an_event_while_the_process_waits_for_its_workers_is_not_lost() {
    let mut victim = Victim::start("main_returns", &["0", "drop"]);
    victim.number("main returns");
    std::thread::sleep(Duration::from_millis(300));
    victim.signal(SIGTERM);
    victim.settled();
    victim.tell("go");
    victim.expect("worker done");
    victim.ends().died_by(SIGTERM);
}
