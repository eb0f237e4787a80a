//! A program that has `user32` loaded: no logoff and no shutdown reaches it through the console, only through a window.

use shutdown_protection::{ExitStatus, ShutdownProtection, configure_shutdown_manager};
use windows_sys::Win32::System::LibraryLoader::LoadLibraryA;

use crate::talk::{LONG, arg, hear_go, patient, ready_then_pending, say, stuck, tell};
use crate::{DONE, Outcome, scenarios};

scenarios![windowed_in_a_block, windowed_without_a_block, windowed_keeps_logoff];

/// As `import ssl` does it, long before the library is used.
fn load_user32() {
    // SAFETY: a library of the system, whose name ends with a zero byte.
    assert!(!unsafe { LoadLibraryA(c"user32.dll".as_ptr().cast()) }.is_null());
}

fn by_itself() -> Outcome {
    load_user32();
    patient();
    configure_shutdown_manager().exit_status(ExitStatus::Code(7)).apply()?;
    DONE
}

/// It is told, and takes its time before `main` returns.
fn windowed_in_a_block() -> Outcome {
    by_itself()?;
    let guard = ShutdownProtection::start_for(LONG)?;
    ready_then_pending();
    tell("break", &guard.allow_break());
    hear_go();
    say!("rolled back");
    drop(guard);
    DONE
}

fn windowed_without_a_block() -> Outcome {
    by_itself()?;
    configure_shutdown_manager().before_termination(|| say!("termination")).apply()?;
    say!("ready");
    stuck()
}

fn windowed_keeps_logoff() -> Outcome {
    by_itself()?;
    configure_shutdown_manager().terminate_on_logoff(false).apply()?;
    let _guard = if arg(1) == "block" { Some(ShutdownProtection::start_for(LONG)?) } else { None };
    say!("ready");
    stuck()
}
