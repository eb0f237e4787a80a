//! What a service does, and what another program does in its place: the events of the console mean something else to a
//! service.

use contract_tests::windows::console::ConsoleEvent;
use shutdown_protection::{ShutdownProtection, configure_shutdown_manager, is_requested};
use windows_sys::Win32::System::Console::SetConsoleCtrlHandler;
use windows_sys::core::BOOL;

use crate::os::{deliver, peer};
use crate::talk::{LONG, arg, await_pending, hear, hear_go, patient, ready_then_pending, say, tell};
use crate::{DONE, Outcome, scenarios};

scenarios![runs_as_a_service, delivers_to_itself, has_a_child];

/// One block around the service's work, and one of a worker in it.
fn runs_as_a_service() -> Outcome {
    patient();
    configure_shutdown_manager().before_termination(|| say!("termination")).apply()?;
    let serving = ShutdownProtection::builder().drain_time(LONG).start()?;
    let worker = std::thread::spawn(|| {
        let transfer = ShutdownProtection::start_for(LONG).expect("nothing is pending");
        ready_then_pending();
        hear_go();
        say!("transferred");
        tell("worker", &transfer.finish());
    });
    await_pending();
    worker.join().expect("no panic");
    hear_go();
    tell("main", &serving.finish());
    DONE
}

/// A routine that was registered before ours, and so gets what ours passes on. It keeps that from the system's own, which
/// ends the process under Wine.
unsafe extern "system" fn last_in_line(event: u32) -> BOOL {
    say!("passed on {event}");
    1
}

/// Delivers the events that the test names to this process: a service is in another session, in which only it can.
fn delivers_to_itself() -> Outcome {
    // SAFETY: the routine is a static function.
    assert_ne!(unsafe { SetConsoleCtrlHandler(Some(last_in_line), 1) }, 0);
    patient();
    configure_shutdown_manager().terminate_on_logoff(false).apply()?;
    let guard = ShutdownProtection::start_for(LONG)?;
    say!("ready");
    loop {
        match hear().as_str() {
            "logoff" => {
                deliver(ConsoleEvent::Logoff);
                say!("pending {}", is_requested());
            }
            "shutdown" => break,
            other => panic!("there is no {other:?} here"),
        }
    }
    std::thread::spawn(|| {
        deliver(ConsoleEvent::Shutdown);
        say!("not held");
    });
    await_pending();
    say!("left {}", guard.remaining().as_millis());
    hear_go();
    tell("break", &guard.allow_break());
    DONE
}

/// The scenario in the arguments, in a child that talks with the same test.
fn has_a_child() -> Outcome {
    let program = std::env::current_exe()?;
    let mut child = std::process::Command::new(program).args(["connected", &peer().to_string(), &arg(1)]).spawn()?;
    child.wait()?;
    say!("the child has gone");
    DONE
}
