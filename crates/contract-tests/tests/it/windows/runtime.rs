//! C2 and C27: the C runtime's signals.

use crate::harness::{SIGINT, SIGTERM, Victim};

/// Repeats what a busy machine made too slow to count.
#[test]
fn c2_the_console_event_and_its_twin_of_the_runtime_are_one_attempt() {
    for (order, first) in [("console first", "CtrlC"), ("runtime first", "SigInt")] {
        let counted = (0..50).any(|_| {
            let mut victim = Victim::start("twins", &[order]);
            if victim.line() == "slow" {
                return false;
            }
            assert_eq!(victim.line(), format!("break {first} Break 1"));
            victim.ends();
            true
        });
        assert!(counted, "the machine was never fast enough");
    }
}

#[test]
fn c4_c9_a_signal_that_the_program_raises_is_an_event() {
    for (signal, name) in [(SIGINT, "SigInt"), (SIGTERM, "SigTerm"), (21, "SigBreak")] {
        let mut victim = Victim::start("raised_in_a_block", &[&signal.to_string()]);
        assert_eq!(victim.line(), format!("break {name} Break 1"));
        victim.ends().died_by(signal);
    }
}

#[test]
fn c27_a_handler_of_the_runtime_is_called_when_the_block_has_ended_and_nobody_is_interrupted() {
    let mut victim = Victim::start("guest_of_the_runtime", &[]);
    victim.settled();
    victim.tell("go");
    victim.expect("requested false calls 0");
    victim.expect("guest");
    assert!(!victim.is_pending());
    victim.signal(SIGTERM);
    victim.ends().died_by(SIGTERM);
}

#[test]
fn c27_without_a_block_it_is_called_at_once_and_the_process_lives() {
    let mut victim = Victim::start("guest_without_a_block", &[]);
    victim.ready();
    victim.signal(SIGINT);
    victim.expect("guest");
    assert!(!victim.is_pending());
    victim.signal(SIGTERM);
    victim.ends().died_by(SIGTERM);
}

#[test]
fn c27_it_may_end_the_process_in_its_way() {
    let mut victim = Victim::start("guest_exits", &[]);
    victim.expect("still protected");
    victim.ends().exited(42);
}
