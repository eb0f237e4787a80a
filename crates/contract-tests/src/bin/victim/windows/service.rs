//! A scenario as a service of Windows, or as a child of one. Neither has a pipe to its test: it connects to a port.
//!
//! The manager of services starts `victim as_service`, with the port, the scenario and its arguments as what the service
//! is told at its start. What is asked of every service is done here, in the way that the documentation recommends:
//! a control that asks for the end is a request to the library, and only says to the manager that it has come.

use std::ffi::OsString;
use std::sync::{Mutex, OnceLock};
use std::time::Duration;

use shutdown_protection::{open_blocks, request_shutdown};
use windows_service::service::{
    ServiceControl, ServiceControlAccept, ServiceExitCode, ServiceState, ServiceStatus, ServiceType,
};
use windows_service::service_control_handler::{self, ServiceControlHandlerResult, ServiceStatusHandle};
use windows_service::{define_windows_service, service_dispatcher};

use crate::os::connect;
use crate::talk::{heed, say};
use crate::{DONE, Outcome, scenarios};

scenarios![as_service, connected];

fn as_service() -> Outcome {
    // A service with a process of its own may have any name here: the manager's counts.
    service_dispatcher::start("", entry)?;
    DONE
}

/// `victim connected PORT SCENARIO [arguments]`: any process.
fn connected() -> Outcome {
    connected_to_its_test(std::env::args().skip(2).collect())
}

fn connected_to_its_test(mut words: Vec<String>) -> Outcome {
    connect(words.remove(0).parse()?);
    // Nobody reads what is printed.
    std::panic::set_hook(Box::new(|panic| say!("{}", panic.to_string().replace('\n', " "))));
    heed(words);
    crate::scenario()
}

define_windows_service!(entry, service_main);

/// On a thread of its own, while `main` is in the dispatcher until the service has stopped.
fn service_main(arguments: Vec<OsString>) {
    let mut words: Vec<String> = arguments.into_iter().filter_map(|word| word.into_string().ok()).collect();
    let manager = service_control_handler::register(words.remove(0), control).expect("started as a service");
    assert!(MANAGER.set(manager).is_ok(), "once in a process");
    report(ServiceState::Running, 0);
    if let Err(error) = connected_to_its_test(words) {
        say!("error {error}");
    }
    report(ServiceState::Stopped, 0);
}

static MANAGER: OnceLock<ServiceStatusHandle> = OnceLock::new();
/// Behind `Stopped` nothing may be reported.
static STOPPED: Mutex<bool> = Mutex::new(false);

fn report(state: ServiceState, checkpoint: u32) {
    let mut stopped = STOPPED.lock().expect("no panic");
    if *stopped {
        return;
    }
    *stopped = state == ServiceState::Stopped;
    let controls = ServiceControlAccept::STOP | ServiceControlAccept::PRESHUTDOWN;
    let status = ServiceStatus {
        service_type: ServiceType::OWN_PROCESS,
        current_state: state,
        controls_accepted: if state == ServiceState::Running { controls } else { ServiceControlAccept::empty() },
        exit_code: ServiceExitCode::NO_ERROR,
        checkpoint,
        wait_hint: Duration::from_secs(if state == ServiceState::StopPending { 10 } else { 0 }),
        process_id: None,
    };
    MANAGER.get().expect("it has registered").set_service_status(status).expect("the manager listens");
}

fn control(control: ServiceControl) -> ServiceControlHandlerResult {
    match control {
        ServiceControl::Stop | ServiceControl::Preshutdown | ServiceControl::Shutdown => {
            report(ServiceState::StopPending, 1);
            std::thread::spawn(tell_of_progress);
            request_shutdown();
            ServiceControlHandlerResult::NoError
        }
        ServiceControl::Interrogate => ServiceControlHandlerResult::NoError,
        _ => ServiceControlHandlerResult::NotImplemented,
    }
}

/// While blocks are open, the manager is to be patient.
fn tell_of_progress() {
    for checkpoint in 2.. {
        std::thread::sleep(Duration::from_millis(100));
        if open_blocks().is_empty() {
            return;
        }
        report(ServiceState::StopPending, checkpoint);
    }
}
