//! C3, C4, C6, C15 and C21 for a program that the system's manager of services has started.

use std::time::Duration;

use contract_tests::windows::console::ConsoleEvent;
use contract_tests::windows::held::time_for;
use windows_registry::LOCAL_MACHINE;
use windows_service::service::{ServiceExitCode, ServiceState};

use crate::harness::{Manager, SIGINT, Victim};

#[test]
fn c4_c15_a_service_is_stopped_when_its_last_block_is_done() {
    let (manager, mut victim) = Manager::start("runs_as_a_service", &[]);
    victim.ready();
    assert_eq!(manager.state(), ServiceState::Running);
    manager.stop();
    victim.expect("pending");
    let early = manager.awaits(|status| status.current_state == ServiceState::StopPending).checkpoint;
    manager.awaits(|status| status.current_state == ServiceState::StopPending && status.checkpoint > early);
    victim.tell("go");
    victim.expect("transferred");
    victim.expect("worker Request Break 0");
    manager.awaits(|status| status.checkpoint > early + 1);
    assert_eq!(manager.state(), ServiceState::StopPending);
    victim.tell("go");
    victim.expect("termination");
    victim.expect("main Request Break 0");
    let stopped = manager.awaits(|status| status.current_state == ServiceState::Stopped);
    assert_eq!(stopped.exit_code, ServiceExitCode::NO_ERROR);
    victim.ends().exited(0);
}

/// The process ends in the control itself: the manager hears no more of it.
#[test]
fn c3_c16_without_a_block_the_stop_is_the_end() {
    let (manager, mut victim) = Manager::start("termination_at", &["nowhere"]);
    victim.ready();
    manager.stop();
    victim.expect("termination");
    victim.ends().exited(0);
}

/// How long the system waits for services, while this is there.
struct Patience {
    before: Option<String>,
}

const CONTROL: &str = r"SYSTEM\CurrentControlSet\Control";
const WAIT: &str = "WaitToKillServiceTimeout";

impl Patience {
    fn set(time: Duration) -> Self {
        let key = LOCAL_MACHINE.create(CONTROL).expect("an administrator runs the tests");
        let before = key.get_string(WAIT).ok();
        key.set_string(WAIT, time.as_millis().to_string()).expect("the key can be written");
        Self { before }
    }
}

impl Drop for Patience {
    fn drop(&mut self) {
        let key = LOCAL_MACHINE.create(CONTROL).expect("it was there");
        match &self.before {
            Some(before) => key.set_string(WAIT, before).expect("it was written before"),
            None => key.remove_value(WAIT).expect("it was written before"),
        }
    }
}

/// A logoff is none of a service's business, and a shutdown leaves it another time than other programs.
#[test]
fn c6_c21_a_service_is_another_program_than_its_child() {
    const OF_SERVICES: u64 = 40_000;
    let _patience = Patience::set(Duration::from_millis(OF_SERVICES));
    let of_programs = time_for(ConsoleEvent::Shutdown).expect("it is enforced");
    let of_programs = u64::try_from(of_programs.as_millis()).expect("seconds");
    assert!(of_programs < OF_SERVICES / 2, "this system's programs have as much time");

    let (_manager, mut service) = Manager::start("delivers_to_itself", &[]);
    let (parents, mut parent) = Manager::start("has_a_child", &["delivers_to_itself"]);
    let mut child = parents.caller("a child of a service");
    let mut program = Victim::start("delivers_to_itself", &[]);
    for (victim, is_service) in [(&mut service, true), (&mut child, false), (&mut program, false)] {
        victim.ready();
        victim.tell("logoff");
        if is_service {
            victim.expect("passed on 5");
        }
        victim.expect("pending false");
        victim.tell("shutdown");
        let left = victim.number("left");
        if is_service {
            assert!(left > of_programs && left <= OF_SERVICES - 500, "{left}");
        } else {
            assert!(left <= of_programs - 500, "{left}");
        }
        victim.tell("go");
        victim.expect("break CtrlShutdown Break 1");
    }
    for victim in [service, child, program] {
        victim.ends().died_by(SIGINT);
    }
    parent.expect("the child has gone");
    parent.ends().exited(0);
}
