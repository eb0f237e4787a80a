//! A program that installs the handlers and puts the former ones back again and again, in an open block, while signals
//! come one by one: each is seen by the library, or does what it did without it.

use std::sync::atomic::{AtomicBool, Ordering};

use shutdown_protection::{ShutdownProtection, configure_shutdown_manager, restore_handlers};

use crate::os::install;
use crate::talk::{LONG, arg, describe, patient, say};
use crate::{DONE, Outcome, scenarios};

scenarios![changes_handlers];

/// The handlers are in place, and the block is between two breakpoints.
static PROTECTED: AtomicBool = AtomicBool::new(false);

/// The program's own handler, with the library or without it.
extern "C" fn own(_: libc::c_int) {
    let line: &[u8] = if PROTECTED.load(Ordering::SeqCst) { b"torn\n" } else { b"seen\n" };
    // SAFETY: the line is static; `write` may be called in a handler.
    unsafe { libc::write(1, line.as_ptr().cast(), line.len()) };
}

/// `own`: the signal has a handler of the program's, which becomes a guest. Else its default ends the process.
fn changes_handlers() -> Outcome {
    if arg(1) == "own" {
        install(libc::SIGTERM, own);
    }
    patient();
    let guard = ShutdownProtection::start_for(LONG)?;
    say!("ready");
    loop {
        PROTECTED.store(true, Ordering::SeqCst);
        for _ in 0..200 {
            std::hint::spin_loop();
        }
        PROTECTED.store(false, Ordering::SeqCst);
        if arg(2) == "broken before" && guard.allow_break().is_err() {
            break;
        }
        restore_handlers();
        if let Err(interrupted) = guard.allow_break() {
            say!("seen {}", describe(&interrupted));
            return DONE;
        }
        configure_shutdown_manager().apply()?;
    }
    say!("seen SigTerm Break 1");
    DONE
}
