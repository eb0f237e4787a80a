//! What came within a block before it ended, whether or not anybody had taken it by then.

use crate::harness::{SIGTERM, Victim};

/// It is a race with the supervisor, which loses it mostly.
const TIMES: usize = 5;

#[test]
fn c10_c17_an_error_a_panic_or_a_value_is_not_lost_to_what_came_just_before() {
    for _ in 0..TIMES {
        let mut victim = Victim::start("untaken_at_the_end", &["error"]);
        victim.expect("own true");
        victim.ends_printing("Error: Own").exited(1);
        let mut victim = Victim::start("untaken_at_the_end", &["panic"]);
        victim.expect("caught true");
        victim.ends().died_by(SIGTERM);
        let mut victim = Victim::start("untaken_at_the_end", &["value"]);
        victim.expect("value Ok(42)");
        victim.ends().died_by(SIGTERM);
    }
}

#[test]
#[cfg_attr(
    any(not(any(target_env = "gnu", windows)), shutdown_protection_portable),
    ignore = "only glibc and Windows tell the program's own status"
)]
fn c10_c28_an_exit_is_not_lost_to_what_came_just_before() {
    for _ in 0..TIMES {
        let mut victim = Victim::start("untaken_at_the_end", &["exit"]);
        // On Windows Rust's `exit` runs none of the C runtime's exit functions.
        if cfg!(unix) {
            victim.expect("exit function of before");
        }
        victim.ends().exited(3);
    }
}

#[test]
fn c4_c11_a_shorter_time_runs_from_when_it_is_given() {
    for _ in 0..TIMES {
        let mut victim = Victim::start("untaken_at_a_shorter_time", &[]);
        victim.expect("goes on");
        victim.expect("deadline SigTerm Deadline 1");
        victim.ends().died_by(SIGTERM);
    }
}
