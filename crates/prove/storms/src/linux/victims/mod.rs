//! The programs under test in Rust: `--victim NAME ARGUMENTS`.

mod crowd;
mod deadline;
mod stair;

use std::process::ExitCode;

use prove_common::Result;

pub(super) fn run() -> Result<ExitCode> {
    match std::env::args().nth(2).as_deref() {
        Some("crowd") => crowd::run(),
        Some("deadline") => deadline::run(),
        Some("stair") => stair::run(),
        other => Err(format!("no program is called {other:?}").into()),
    }
}

/// The number by which a signal's event is told; 0 for what was no signal.
fn number(event: shutdown_protection::ShutdownEvent) -> i32 {
    use shutdown_protection::ShutdownEvent;
    match event {
        ShutdownEvent::SigInt => libc::SIGINT,
        ShutdownEvent::SigTerm => libc::SIGTERM,
        ShutdownEvent::SigQuit => libc::SIGQUIT,
        ShutdownEvent::SigHup => libc::SIGHUP,
        _ => 0,
    }
}
