//! C4, C9, C10, C17 and C19: the ways in which a block ends.

use std::time::Duration;

use crate::harness::{MOMENT, SIGINT, SIGNALS, SIGTERM, Victim, event};

#[test]
fn c9_c17_c19_a_break_interrupts_and_the_process_dies_by_the_signal() {
    for signal in SIGNALS {
        for (returned, printed) in [("ok", ""), ("err", "Error: ")] {
            let mut victim = Victim::start("at_a_breakpoint", &[returned]);
            victim.ready();
            victim.signal(signal);
            victim.expect("pending");
            victim.expect(&format!("break {} Break 1", event(signal)));
            victim.expect("unwinding");
            victim.ends_printing(printed).died_by(signal);
        }
    }
}

#[test]
fn c4_the_code_in_a_block_runs_on_undisturbed() {
    let mut victim = Victim::start("undisturbed", &[]);
    victim.ready();
    victim.signal(SIGTERM);
    victim.expect("pending");
    victim.settled();
    victim.lives();
    // The second attempt of three changes nothing either.
    victim.signal(SIGTERM);
    victim.settled();
    victim.lives();
    victim.signal(SIGTERM);
    victim.ends().died_by(SIGTERM);
}

#[test]
fn c9_a_swallowed_interrupt_stays() {
    let mut victim = Victim::start("swallowed", &[]);
    victim.ready();
    victim.signal(SIGTERM);
    victim.expect("pending");
    victim.expect("first SigTerm Break 1");
    victim.expect("second SigTerm Break 1");
    victim.expect("end SigTerm Break 1");
    victim.ends().died_by(SIGTERM);
}

#[test]
fn c9_a_breakpoint_with_nothing_pending_renews() {
    let mut victim = Victim::start("renewal", &[]);
    victim.expect("without ok");
    victim.expect("without renews false");
    victim.expect("with ok");
    victim.expect("with renews true");
    victim.ends().exited(0);
}

#[test]
fn c17_an_uninterrupted_guard_ends_the_process_in_its_drop() {
    let mut victim = Victim::start("end_in_drop", &[]);
    victim.ready();
    victim.signal(SIGINT);
    victim.expect("pending");
    victim.ends().died_by(SIGINT);
}

/// In that drop, and not `unwind_time` later, whatever the supervisor has seen meanwhile.
#[test]
fn c17_the_drop_ends_the_process_however_soon_it_follows_the_event() {
    for moment in (0..100).step_by(MOMENT) {
        for way in ["wait", "go on"] {
            Victim::start("end_in_drop_at_once", &[&moment.to_string(), way]).ends().died_by(SIGTERM);
        }
    }
}

#[test]
fn c10_a_drop_with_nothing_pending_goes_on() {
    let mut victim = Victim::start("drop_while_calm", &[]);
    victim.expect("behind the first block");
    victim.expect("behind the second block");
    victim.ends().exited(0);
}

#[test]
fn c10_finish_is_a_break() {
    let mut victim = Victim::start("finish", &["pending"]);
    victim.ready();
    victim.signal(SIGINT);
    victim.expect("pending");
    victim.expect("end SigInt Break 1");
    victim.ends().died_by(SIGINT);

    let mut victim = Victim::start("finish", &["calm"]);
    victim.expect("end ok");
    victim.ends().exited(0);
}

#[test]
fn c10_the_normal_end_of_protect_is_a_break() {
    let mut victim = Victim::start("protect_value", &["pending"]);
    victim.ready();
    victim.signal(SIGTERM);
    victim.expect("pending");
    victim.expect("end SigTerm Break 1");
    victim.ends().died_by(SIGTERM);

    let mut victim = Victim::start("protect_value", &["calm"]);
    victim.expect("end ok");
    victim.expect("value 7");
    victim.ends().exited(0);
}

#[test]
fn c10_c19_an_own_error_keeps_its_own_status() {
    let mut victim = Victim::start("protect_own_error", &["error"]);
    victim.ready();
    victim.signal(SIGTERM);
    victim.expect("pending");
    victim.expect("its own error");
    victim.ends_printing("Error: Own").exited(1);

    let mut victim = Victim::start("protect_own_error", &["code"]);
    victim.ready();
    victim.signal(SIGTERM);
    victim.expect("pending");
    victim.ends().exited(3);
}

#[test]
#[cfg_attr(
    any(not(any(target_env = "gnu", windows)), shutdown_protection_portable),
    ignore = "only glibc and Windows tell the program's own status"
)]
fn c10_after_its_own_error_the_owner_meets_the_shutdown_at_its_next_start() {
    let mut victim = Victim::start("own_error_then_start", &[]);
    victim.ready();
    victim.signal(SIGTERM);
    victim.expect("pending");
    victim.expect("own true");
    victim.expect("start SigTerm Break 1");
    victim.ends().died_by(SIGTERM);
}

/// The sleep is five times `unwind_time`: it would have struck by then.
#[test]
fn c17_c24_an_interrupted_guard_protects_the_rollback_until_it_is_dropped() {
    let mut victim = Victim::start("rollback", &[]);
    victim.ready();
    victim.signal(SIGTERM);
    victim.expect("pending");
    victim.expect("break SigTerm Break 1");
    std::thread::sleep(Duration::from_millis(500));
    victim.tell("go");
    victim.expect("rolled back");
    victim.ends().died_by(SIGTERM);
}
