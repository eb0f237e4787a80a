//! C12, C15 and C22: blocks in odd places, and in great numbers.

use crate::harness::{SIGTERM, Victim};

#[test]
fn c22_a_guard_may_end_in_a_destructor_of_its_thread() {
    let mut victim = Victim::start("thread_local_guard", &[]);
    for _ in 0..2 {
        victim.expect("open 1");
        victim.expect("behind 0");
    }
    victim.ready();
    victim.signal(SIGTERM);
    victim.ends().died_by(SIGTERM);
}

#[test]
fn c12_a_block_may_start_in_a_destructor_of_its_thread() {
    let mut victim = Victim::start("thread_local_start", &[]);
    for _ in 0..2 {
        victim.expect("start in a destructor ok");
        victim.expect("open 1");
        victim.expect("behind 0");
    }
    victim.ready();
    victim.signal(SIGTERM);
    victim.ends().died_by(SIGTERM);
}

#[test]
fn c15_thousands_of_blocks() {
    let mut victim = Victim::start("many_blocks", &[]);
    victim.expect("open 5100");
    victim.ready();
    victim.signal(SIGTERM);
    victim.expect("pending");
    victim.expect("told 100");
    victim.ends().died_by(SIGTERM);
}
