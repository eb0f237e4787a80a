//! A Windows service that is not torn in the middle of its work when it is told to stop.
//!
//! ```text
//! cargo build --example windows_service
//! sc.exe create transfers binPath= C:\path\to\target\debug\examples\windows_service.exe
//! sc.exe start transfers
//! sc.exe stop transfers
//! ```

#[cfg(windows)]
mod service {
    use std::error::Error;
    use std::ffi::OsString;
    use std::sync::OnceLock;
    use std::time::Duration;

    use shutdown_protection::{ShutdownProtection, configure_shutdown_manager, request_shutdown, wait};
    use windows_service::service::{
        ServiceControl, ServiceControlAccept, ServiceExitCode, ServiceState, ServiceStatus, ServiceType,
    };
    use windows_service::service_control_handler::{self, ServiceControlHandlerResult, ServiceStatusHandle};
    use windows_service::{define_windows_service, service_dispatcher};

    const NAME: &str = "transfers";
    /// How long the work may go on after the stop. When the machine is shut down, Windows leaves a service less: see
    /// its `WaitToKillServiceTimeout` and its preshutdown time.
    const DRAIN: Duration = Duration::from_secs(8);

    static MANAGER: OnceLock<ServiceStatusHandle> = OnceLock::new();

    define_windows_service!(entry, service_main);

    pub(crate) fn main() -> Result<(), Box<dyn Error>> {
        // Returns when the service has stopped: this is where the process ends.
        Ok(service_dispatcher::start(NAME, entry)?)
    }

    fn service_main(_arguments: Vec<OsString>) {
        let code = if run().is_ok() { ServiceExitCode::NO_ERROR } else { ServiceExitCode::ServiceSpecific(1) };
        report(ServiceState::Stopped, code);
    }

    fn run() -> Result<(), Box<dyn Error>> {
        let _ = MANAGER.set(service_control_handler::register(NAME, control)?);
        // A user who logs off is none of a service's business.
        configure_shutdown_manager().terminate_on_logoff(false).apply()?;
        // Around all of the work. With no block open the stop would end the process at once, in `control`, and the manager
        // would take that for a crash.
        let serving = ShutdownProtection::builder().name("serve").drain_time(DRAIN).start()?;
        report(ServiceState::Running, ServiceExitCode::NO_ERROR);
        while !wait(Duration::from_secs(10)) {
            // Two steps that belong together: a stop waits for the second one.
            println!("write the ledger, move the receipt");
        }
        // It answers that the block was interrupted. From here on there is `unwind_time`, 0.5 s, until `main` has to be back.
        let _interrupted = serving.finish();
        Ok(())
    }

    fn control(control: ServiceControl) -> ServiceControlHandlerResult {
        match control {
            ServiceControl::Stop | ServiceControl::Preshutdown => {
                // First this: the service may have stopped when the request returns.
                report(ServiceState::StopPending, ServiceExitCode::NO_ERROR);
                request_shutdown();
                ServiceControlHandlerResult::NoError
            }
            ServiceControl::Interrogate => ServiceControlHandlerResult::NoError,
            _ => ServiceControlHandlerResult::NotImplemented,
        }
    }

    fn report(current_state: ServiceState, exit_code: ServiceExitCode) {
        let Some(manager) = MANAGER.get() else { return };
        let is_running = current_state == ServiceState::Running;
        let accepted = ServiceControlAccept::STOP | ServiceControlAccept::PRESHUTDOWN;
        let status = ServiceStatus {
            service_type: ServiceType::OWN_PROCESS,
            current_state,
            controls_accepted: if is_running { accepted } else { ServiceControlAccept::empty() },
            exit_code,
            checkpoint: 0,
            // The manager waits so long for the next report.
            wait_hint: if current_state == ServiceState::StopPending { DRAIN + DRAIN } else { Duration::ZERO },
            process_id: None,
        };
        // It fails if the manager has gone, and then there is nobody to tell.
        let _ = manager.set_service_status(status);
    }
}

#[cfg(windows)]
fn main() -> Result<(), Box<dyn std::error::Error>> {
    service::main()
}

#[cfg(not(windows))]
fn main() {
    eprintln!("services like this one are of Windows");
}
