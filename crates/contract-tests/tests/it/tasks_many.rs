//! C11, C13, C14, C15 and C18 for the tasks of a pool of threads.

use crate::harness::{SIGINT, SIGTERM, Victim};

#[test]
fn c13_c14_a_protected_future_has_its_block_in_whatever_thread_polls_it() {
    let mut victim = Victim::start("task_moves", &[]);
    victim.expect("blocks 1");
    victim.expect("value Some(7) after 101 polls");
    victim.expect("blocks 0");
    victim.ends().exited(0);
}

#[test]
fn c13_c14_protected_tasks_move_between_the_threads_of_a_pool() {
    let mut victim = Victim::start("tasks_move", &[]);
    victim.expect(&format!("sum {}", 31 * 32 / 2));
    victim.expect("blocks 0");
    victim.ends().exited(0);
}

#[test]
fn c9_c15_every_task_breaks_at_its_own_breakpoint() {
    let mut victim = Victim::start("tasks_all_break", &[]);
    victim.ready();
    victim.signal(SIGTERM);
    victim.expect("broken 200");
    victim.ends().died_by(SIGTERM);
}

#[test]
fn c11_c14_one_task_lapses_and_another_works_on() {
    let mut victim = Victim::start("tasks_lapse_alone", &[]);
    victim.ready();
    victim.signal(SIGINT);
    victim.expect("short SigInt Deadline 1");
    victim.expect("long undisturbed");
    victim.expect("long ok");
    victim.ends().died_by(SIGINT);
}

#[test]
fn c22_an_aborted_task_leaves_no_block_behind() {
    let mut victim = Victim::start("task_aborted", &[]);
    victim.expect("cancelled true");
    victim.expect("blocks 0 requested false");
    victim.ready();
    victim.signal(SIGTERM);
    victim.ends().died_by(SIGTERM);
}

#[test]
fn c18_c28_the_exit_waits_for_the_block_of_a_task() {
    let mut victim = Victim::start("main_future_leaves_tasks", &["background"]);
    victim.ready();
    victim.signal(SIGTERM);
    victim.expect("main returns");
    victim.expect("task done");
    victim.ends().died_by(SIGTERM);
}
