//! C19: as PID 1 of a container the process cannot die by a signal, and exits with 128 + n.

use std::process::Command;

use crate::harness::{SIGHUP, SIGINT, SIGQUIT, SIGTERM, Victim, inherit_nothing, signal};

/// Starts the scenario as PID 1 of a new namespace; `unshare` hands its status on. Where namespaces are not
/// permitted there is nothing to test, which is said.
fn start(scenario: &str, args: &[&str]) -> Option<Victim> {
    let probe = Command::new("unshare").args(["--pid", "--fork", "true"]).output();
    if !probe.is_ok_and(|output| output.status.success()) {
        eprintln!("skipped: `unshare --pid` is not permitted on this machine");
        return None;
    }
    let mut command = Command::new("unshare");
    command.args(["--pid", "--fork", "--kill-child"]).arg(env!("CARGO_BIN_EXE_victim")).arg(scenario).args(args);
    inherit_nothing(&mut command);
    Some(Victim::spawn(command))
}

/// The number of the process outside its namespace.
fn outer_pid(victim: &mut Victim) -> i32 {
    victim.value("pid").parse().expect("a number")
}

#[test]
fn c19_pid_1_exits_with_128_and_the_signal() {
    for number in [SIGINT, SIGTERM, SIGQUIT, SIGHUP] {
        let Some(mut victim) = start("pid_one", &[]) else {
            return;
        };
        let pid = outer_pid(&mut victim);
        victim.expect("own pid 1");
        victim.ready();
        signal(pid, number);
        victim.expect("pending");
        victim.line();
        victim.ends().exited(128 + number);
    }
}

#[test]
fn c3_c19_pid_1_without_a_block() {
    let Some(mut victim) = start("pid_one_plain", &[]) else {
        return;
    };
    let pid = outer_pid(&mut victim);
    victim.ready();
    signal(pid, SIGTERM);
    victim.ends().exited(128 + SIGTERM);
}

#[test]
fn c5_c24_c19_pid_1_is_ended_by_attempts_and_by_the_hard_stage() {
    for way in ["attempts", "hard stage"] {
        let Some(mut victim) = start("pid_one_killed", &[way]) else {
            return;
        };
        let pid = outer_pid(&mut victim);
        victim.ready();
        signal(pid, SIGINT);
        victim.ends().exited(128 + SIGINT);
    }
}
