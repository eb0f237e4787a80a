//! Owners that end, wait or are refused in the shadow of one another: C6, C11 to C13, C16 to C19, C22, C23, C27, C28
//! and C30 where two of them meet.

use crate::harness::{SIGHUP, SIGTERM, Victim};

const RUNTIMES: [&str; 3] = ["current", "multi", "smol"];

/// These lines, with the signal after `ready`.
fn told(scenario: &str, args: &[&str], lines: &[&str]) -> Victim {
    let mut victim = Victim::start(scenario, args);
    for line in lines {
        victim.expect(line);
        if *line == "ready" {
            victim.signal(SIGTERM);
        }
    }
    victim
}

#[track_caller]
fn told_then_dies(scenario: &str, args: &[&str], lines: &[&str]) {
    told(scenario, args, lines).ends().died_by(SIGTERM);
}

#[test]
fn c18_c17_main_is_told_although_its_block_lapses_while_it_waits() {
    told_then_dies("told_at_the_lapse", &[], &["ready", "pending", "main SigTerm Break 1", "main unwinds"]);
}

#[test]
fn c18_c12_main_is_told_of_its_refusal_although_the_last_block_ends() {
    let lines = ["ready", "pending", "main SigTerm Break 1", "main unwinds"];
    told_then_dies("refused_while_a_worker_drops", &[], &lines);
}

#[test]
fn c18_c11_the_waiting_ends_when_a_worker_shortens_its_time() {
    let mut victim = told("renewed_to_sooner", &[], &["ready", "pending"]);
    let renewed = victim.number("renewed");
    let told = victim.number("told");
    assert!(told >= renewed + 100_000_000, "the worker's time was not up");
    victim.expect("main SigTerm Break 1");
    victim.ends().died_by(SIGTERM);
}

#[test]
fn c12_c22_a_leaked_block_that_has_lapsed_admits_no_other() {
    let lines = ["ready", "pending", "worker SigTerm Break 1", "main SigTerm Break 1"];
    told_then_dies("leaked_and_lapsed", &[], &lines);
}

#[test]
fn c24_c12_starts_behind_a_leaked_block_do_not_put_the_end_off() {
    told("starts_for_ever", &[], &["ready"]).ends_saying_at_most("pending").died_by(SIGTERM);
}

#[test]
fn c16_c12_before_termination_may_wait_for_a_block_at_exit() {
    told_then_dies("joins_a_block_at_exit", &["nowhere"], &["ready", "flush ok", "joined"]);
    told_then_dies("joins_a_block_at_exit", &["drop"], &["ready", "pending", "flush ok", "joined"]);
}

#[test]
fn c16_c17_before_termination_may_wait_for_the_end_of_a_lapsed_block() {
    told_then_dies("joins_a_lapsed_block", &[], &["ready", "pending", "joined"]);
}

#[test]
fn c6_c26_a_cancellation_takes_nothing_from_before_hup() {
    let mut victim = Victim::start("hang_up_cancelled", &[]);
    for _ in 0..3 {
        let mut lines = [victim.line(), victim.line()];
        lines.sort();
        assert_eq!(lines, ["cancelled Some(0)", "hang-up"]);
    }
    victim.stops_at_its_breakpoint();
}

#[test]
fn c6_c26_a_hangup_after_a_cancelled_one_does_not_act_before_its_own_callback() {
    let lines = ["cancelled Some(0)", "requested false", "hang-up requested false", "hang-up requested false"];
    let mut victim = told("hang_up_anew", &[], &lines);
    victim.expect("break SigHup Break 1");
    victim.ends().died_by(SIGHUP);
}

#[test]
fn c27_a_guest_that_calls_our_handler_is_called_once_in_any_thread() {
    let victim = told("chained_guest", &[], &["ready", "calls 1", "requested false"]);
    victim.ends().exited(0);
}

#[test]
fn c27_a_later_block_does_not_hold_an_earlier_event_of_a_guest_back() {
    let lines = ["in both 0 requested false", "called in the second", "requested false"];
    told("guest_of_the_first_block", &[], &lines).ends().exited(0);
}

#[test]
fn c30_what_a_replaced_callback_captured_may_use_the_library() {
    let cases = [
        ("asks", "requested false blocks 0"),
        ("restores", "restored 4"),
        ("configures", "configured true"),
        ("starts", "start ok"),
    ];
    for (does, says) in cases {
        told_then_dies("captured_value", &[does], &[says, "ready"]);
    }
}

#[test]
fn c30_what_a_replaced_callback_captured_is_not_dropped_by_the_supervisor() {
    told("captured_elsewhere", &[], &["done"]).ends().exited(0);
}

#[test]
fn c28_c19_what_c_has_buffered_is_written_before_the_process_dies_by_the_signal() {
    for way in ["break", "finish"] {
        let told = format!("{way} SigTerm Break 1");
        told_then_dies("c_stdio", &[way], &["ready", &told, "printed by C"]);
    }
}

#[test]
fn c13_c11_a_future_is_not_dropped_while_an_inner_one_has_time() {
    let lines =
        ["ready", "pending", "inner done", "inner dropped", "inner ok", "outer dropped", "task SigTerm Deadline 1"];
    for runtime in RUNTIMES {
        told_then_dies("task_inner_has_time", &[runtime], &lines);
    }
}

#[test]
fn c11_a_future_that_shortens_its_time_is_dropped_at_its_new_deadline() {
    let lines = ["ready", "pending", "future dropped", "task SigTerm Deadline 1"];
    for runtime in RUNTIMES {
        told_then_dies("task_renewed_to_sooner", &[runtime, "at once"], &lines);
    }
}

#[test]
fn c11_c26_so_it_is_in_the_shutdown_after_a_cancelled_one() {
    let lines = ["ready", "pending", "cancelled Some(0)", "future dropped", "task SigTerm Deadline 1"];
    for runtime in RUNTIMES {
        told_then_dies("task_renewed_to_sooner", &[runtime, "cancelled"], &lines);
    }
}

#[test]
fn c12_c17_a_block_starts_in_a_destructor_of_a_dropped_future() {
    let lines = ["ready", "pending", "inside SigTerm Deadline 1", "rollback ok", "task SigTerm Deadline 1"];
    for runtime in RUNTIMES {
        told_then_dies("task_rolls_back", &[runtime], &lines);
    }
}

#[test]
fn c23_c17_a_child_forked_in_before_termination_has_an_end_of_its_own() {
    let lines = ["ready", "child start ok", "termination of the child", "child signal 15"];
    told_then_dies("forked_in_the_callback", &[], &lines);
}

#[test]
fn c23_c18_the_forking_thread_is_the_main_one_of_the_child() {
    let lines = ["parent ok", "worker done", "child SigTerm Break 1", "child signal 15"];
    for place in ["poll", "worker"] {
        told("forked_beside_main", &["smol", place], &lines).ends().exited(0);
    }
}

#[test]
#[cfg_attr(
    any(not(any(target_env = "gnu", windows)), shutdown_protection_portable),
    ignore = "only glibc and Windows tell the program's own status"
)]
fn c28_an_exit_does_not_wait_for_the_future_that_it_is_called_in() {
    for runtime in RUNTIMES {
        for moment in ["calm", "pending"] {
            told("exit_in_a_future", &[runtime, moment], &[]).ends().exited(3);
        }
    }
}

#[test]
#[cfg_attr(
    any(not(any(target_env = "gnu", windows)), shutdown_protection_portable),
    ignore = "only glibc and Windows tell the program's own status"
)]
fn c28_c16_an_exit_in_before_termination_does_not_wait_for_it() {
    told("exit_in_the_callback", &[], &["ready"]).ends().exited(7);
}
