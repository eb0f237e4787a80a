//! C10, C12, C17, C19, C24 and C28: exits, panics and exit functions of the program's own.

use crate::harness::{SIGINT, SIGNALS, SIGTERM, Victim};

fn signalled(scenario: &str, args: &[&str], signal: i32) -> Victim {
    let mut victim = Victim::start(scenario, args);
    victim.ready();
    victim.signal(signal);
    victim.expect("pending");
    victim
}

#[test]
#[cfg_attr(
    any(not(any(target_env = "gnu", windows)), shutdown_protection_portable),
    ignore = "only glibc and Windows tell the program's own status"
)]
fn c19_an_exit_in_a_block_keeps_its_code() {
    for code in [0, 5] {
        Victim::start("exit_in_a_block", &[&code.to_string(), "calm"]).ends().exited(code);
    }
    signalled("exit_in_a_block", &["5", "pending"], SIGTERM).ends().exited(5);
}

#[test]
fn c19_an_exit_with_zero_does_not_hide_the_signal() {
    signalled("exit_in_a_block", &["0", "pending"], SIGTERM).ends().died_by(SIGTERM);

    let mut victim = signalled("exit_after_the_break", &[], SIGINT);
    victim.expect("break SigInt Break 1");
    victim.ends().died_by(SIGINT);
}

#[test]
fn c28_an_exit_from_a_thread_waits_for_the_block_of_main() {
    let mut victim = Victim::start("exit_from_a_thread", &[]);
    victim.ready();
    victim.expect("the exit waits");
    victim.tell("go");
    victim.expect("main done");
    victim.ends().exited(4);
}

/// Rust's runtime has taken the main thread's alternate stack away by then.
#[test]
#[cfg_attr(
    any(not(any(target_env = "gnu", windows)), shutdown_protection_portable),
    ignore = "only glibc and Windows tell the program's own status"
)]
fn c28_c4_an_event_while_an_exit_waits_for_main_disturbs_nothing() {
    for number in SIGNALS {
        let mut victim = Victim::start("exit_from_a_thread", &[]);
        victim.ready();
        victim.expect("the exit waits");
        victim.signal(number);
        victim.tell("go");
        victim.expect("main done");
        victim.ends().exited(4);
    }
}

#[test]
fn c28_an_exit_does_not_wait_for_the_block_of_its_own_thread() {
    Victim::start("exit_from_a_thread_in_its_block", &[]).ends().exited(4);
}

#[test]
#[cfg_attr(
    any(not(any(target_env = "gnu", windows)), shutdown_protection_portable),
    ignore = "only glibc and Windows tell the program's own status"
)]
fn c10_c19_a_panic_in_a_block_keeps_its_status() {
    Victim::start("panic_in_a_block", &["calm"]).ends_printing("the program's own").exited(101);
    signalled("panic_in_a_block", &["pending"], SIGTERM).ends_printing("the program's own").exited(101);
}

#[test]
fn c10_c17_a_caught_panic_is_not_the_end_and_the_next_start_is() {
    let mut victim = signalled("panic_caught", &[], SIGTERM);
    victim.expect("caught true");
    victim.expect("start SigTerm Break 1");
    victim.ends_printing("the program's own").died_by(SIGTERM);
}

#[test]
fn c15_c24_after_a_caught_panic_the_process_still_ends() {
    let mut victim = signalled("panic_caught_then_hangs", &[], SIGTERM);
    victim.expect("caught true");
    victim.ends_printing("the program's own").died_by(SIGTERM);
}

#[test]
fn c28_exit_functions_run_before_the_process_dies_by_the_signal() {
    let mut victim = signalled("exit_functions", &[], SIGTERM);
    victim.expect("break SigTerm Break 1");
    victim.expect("exit function of after");
    victim.expect("exit function of before");
    victim.ends().died_by(SIGTERM);
}

/// An exit function that runs before ours cannot be told from the program's own code: there the event may end the
/// process at once (C3).
#[test]
fn c28_an_event_in_an_exit_function_is_not_lost() {
    for registered in ["before", "after"] {
        let mut victim = Victim::start("event_in_an_exit_function", &[registered]);
        victim.expect("exit function");
        victim.ends_saying_at_most("exit function goes on").died_by(SIGTERM);
    }
}

/// One that was registered before the library's first use, and so runs behind its own: see above.
#[test]
fn c12_a_block_starts_in_an_exit_function() {
    let mut victim = signalled("block_in_an_exit_function", &[], SIGTERM);
    victim.expect("break SigTerm Break 1");
    victim.expect("exit function ok");
    victim.ends().died_by(SIGTERM);
}

#[test]
fn c12_a_block_starts_in_an_exit_function_behind_one_that_asked_for_a_shutdown() {
    let mut victim = Victim::start("block_behind_a_request_in_an_exit_function", &[]);
    victim.expect("termination");
    victim.expect("requested");
    victim.expect("exit function ok");
    victim.ends().exited(0);
}

/// Where exit functions cannot be told from the program's own code: a block that starts in any case, and is ended by `finish()`.
#[test]
fn c12_c28_a_block_with_run_at_exit_protects_a_late_exit_function_and_those_behind_it() {
    for moment in ["before", "in the exit function"] {
        let mut victim = signalled("block_in_a_late_exit_function", &[moment], SIGTERM);
        victim.expect("late exit function SigTerm Break 1");
        victim.expect("exit function of before");
        victim.ends().died_by(SIGTERM);
    }
}

#[test]
fn c28_c29_a_request_on_the_way_out_is_told_to_those_who_wait_for_one() {
    let mut victim = Victim::start("told_on_the_way_out", &[]);
    victim.expect("requested false");
    victim.expect("woken false");
    victim.ready();
    victim.signal(SIGTERM);
    victim.expect("told");
    victim.ends().died_by(SIGTERM);
}
