//! C4: code in a block is not disturbed, as far as the system can do that. C1: a stopped process loses no event.

use std::time::{Duration, Instant};

use crate::harness::{SIGTERM, Victim};

#[test]
fn c4_a_read_restarts() {
    let mut victim = Victim::start("read_restarts", &[]);
    victim.ready();
    // Likely in its read by now; if not, the signal comes before it, which must not harm either.
    std::thread::sleep(Duration::from_millis(150));
    victim.signal(SIGTERM);
    victim.settled();
    victim.tell("go");
    victim.expect("read 3 requested true");
    victim.expect("break SigTerm Break 1");
    victim.ends().died_by(SIGTERM);
}

#[test]
fn c4_a_poll_reports_the_interruption() {
    let mut victim = Victim::start("poll_reports", &[]);
    victim.ready();
    victim.signal(SIGTERM);
    victim.expect("ppoll -1 true");
    victim.expect("break SigTerm Break 1");
    victim.ends().died_by(SIGTERM);
}

#[test]
fn c4_a_sleep_lasts_as_long_as_it_should() {
    let mut victim = Victim::start("sleep_lasts", &[]);
    victim.ready();
    victim.signal(SIGTERM);
    victim.expect("slept true requested true");
    victim.expect("break SigTerm Break 1");
    victim.ends().died_by(SIGTERM);
}

#[test]
fn c1_c4_a_process_that_is_stopped_in_a_block_goes_on() {
    let mut victim = Victim::start("stopped", &[]);
    victim.ready();
    stop(&mut victim);
    victim.tell("go");
    victim.signal(libc::SIGCONT);
    victim.expect("requested false");
    victim.ready();
    stop(&mut victim);
    victim.signal(SIGTERM);
    victim.signal(libc::SIGCONT);
    victim.expect("pending");
    victim.expect("break SigTerm Break 1");
    victim.ends().died_by(SIGTERM);
}

fn stop(victim: &mut Victim) {
    victim.signal(libc::SIGSTOP);
    let end = Instant::now() + Duration::from_secs(20);
    loop {
        let status = std::fs::read_to_string(format!("/proc/{}/stat", victim.pid())).expect("it lives");
        // The state follows the name in brackets.
        if status.rsplit(") ").next().is_some_and(|rest| rest.starts_with('T')) {
            return;
        }
        assert!(Instant::now() < end, "the victim does not stop");
        std::thread::sleep(Duration::from_millis(1));
    }
}
