//! C1, C7, C19 and C23: what a process inherits, and what it hands on.

use crate::harness::{Preparation, SIGHUP, SIGINT, SIGQUIT, SIGTERM, Victim};

fn ignoring(signal: i32) {
    // SAFETY: `signal` is a plain system call here, with no handler of ours.
    unsafe { libc::signal(signal, libc::SIG_IGN) };
}

#[test]
fn c7_an_ignored_signal_stays_ignored() {
    let cases: [(i32, Preparation); 4] = [
        (SIGINT, || ignoring(SIGINT)),
        (SIGTERM, || ignoring(SIGTERM)),
        (SIGQUIT, || ignoring(SIGQUIT)),
        (SIGHUP, || ignoring(SIGHUP)),
    ];
    for (signal, prepare) in cases {
        let mut victim = Victim::prepared("inherited_ignored", &[&signal.to_string(), "block"], prepare);
        victim.expect("disposition ignored");
        victim.ready();
        victim.signal(signal);
        victim.settled();
        victim.tell("go");
        victim.expect("requested false");
        victim.ready();
        victim.signal(signal);
        victim.settled();
        victim.lives();
        let other = if signal == SIGTERM { SIGINT } else { SIGTERM };
        victim.signal(other);
        victim.ends().died_by(other);
    }
}

#[test]
fn c7_an_ignored_sighup_calls_before_hup_and_does_nothing_else() {
    let mut victim = Victim::prepared("inherited_ignored_hup", &[], || ignoring(SIGHUP));
    victim.ready();
    for _ in 0..3 {
        victim.signal(SIGHUP);
        victim.expect("hang-up");
        victim.settled();
    }
    assert!(!victim.is_pending());
    victim.signal(SIGTERM);
    victim.ends().died_by(SIGTERM);
}

fn blocking_sigterm() {
    // SAFETY: the set is initialised by `sigemptyset`; all are plain system calls.
    unsafe {
        let mut set = std::mem::MaybeUninit::uninit();
        libc::sigemptyset(set.as_mut_ptr());
        libc::sigaddset(set.as_mut_ptr(), SIGTERM);
        libc::sigprocmask(libc::SIG_BLOCK, set.as_ptr(), std::ptr::null_mut());
    }
}

#[test]
fn c1_a_signal_that_was_blocked_by_the_parent_is_not_lost() {
    let mut victim = Victim::prepared("inherited_mask", &[], blocking_sigterm);
    victim.ready();
    victim.signal(SIGTERM);
    std::thread::sleep(std::time::Duration::from_millis(200));
    victim.tell("go");
    victim.expect("requested false");
    victim.ready();
    victim.expect("pending");
    victim.expect("break SigTerm Break 1");
    victim.ends().died_by(SIGTERM);
}

#[test]
fn c19_a_main_thread_that_blocks_the_signal_dies_by_it() {
    let victim = Victim::prepared("inherited_mask_at_the_end", &[], blocking_sigterm);
    victim.stops_at_its_breakpoint();
}

#[test]
fn c23_a_program_started_in_a_block_has_the_systems_own_behaviour() {
    let mut victim = Victim::start("children", &[]);
    for signal in [SIGINT, SIGTERM, SIGQUIT, SIGHUP] {
        victim.expect(&format!("child {signal} Some({signal})"));
    }
    victim.expect("requested false");
    victim.ends().exited(0);
}
