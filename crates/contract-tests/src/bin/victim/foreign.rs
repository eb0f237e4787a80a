//! What a process inherits and what it hands on: ignored signals, masks, children.

use std::os::unix::process::ExitStatusExt;
use std::process::Command;

use shutdown_protection::{ShutdownProtection, configure_shutdown_manager, is_requested};

use crate::os::{disposition, mask};
use crate::talk::{LONG, arg, hear_go, number, patient, ready_then_pending, say, stuck, tell};
use crate::{DONE, Outcome, scenarios};

scenarios![inherited_ignored, inherited_ignored_hup, inherited_mask, inherited_mask_at_the_end, children];

/// Says what has become of the signal of the argument, in a block or without one.
fn inherited_ignored() -> Outcome {
    configure_shutdown_manager().apply()?;
    let guard = ShutdownProtection::start_for(LONG)?;
    say!("disposition {}", disposition(number(1)));
    if arg(2) == "block" {
        say!("ready");
        hear_go();
        say!("requested {}", is_requested());
    }
    drop(guard);
    say!("ready");
    stuck()
}

fn inherited_ignored_hup() -> Outcome {
    configure_shutdown_manager().before_hup(|| say!("hang-up")).apply()?;
    say!("ready");
    stuck()
}

/// The signal waits in the kernel until the program unblocks it; it is not lost.
fn inherited_mask() -> Outcome {
    patient();
    let guard = ShutdownProtection::start_for(LONG)?;
    say!("ready");
    hear_go();
    say!("requested {}", is_requested());
    mask(libc::SIG_UNBLOCK, libc::SIGTERM);
    ready_then_pending();
    tell("break", &guard.allow_break());
    DONE
}

/// The signal is taken by a thread that has it unblocked, and `main`, which has it blocked, ends the process.
fn inherited_mask_at_the_end() -> Outcome {
    patient();
    let guard = ShutdownProtection::start_for(LONG)?;
    std::thread::spawn(|| {
        mask(libc::SIG_UNBLOCK, libc::SIGTERM);
        crate::talk::asleep()
    });
    ready_then_pending();
    let answer = guard.allow_break();
    tell("break", &answer);
    DONE
}

/// Programs that are started inside a block know nothing of it.
fn children() -> Outcome {
    let guard = ShutdownProtection::start_for(LONG)?;
    for signal in [libc::SIGINT, libc::SIGTERM, libc::SIGQUIT, libc::SIGHUP] {
        let status = Command::new("sh").arg("-c").arg(format!("ulimit -c 0; kill -{signal} $$; exit 0")).status()?;
        say!("child {signal} {:?}", status.signal());
    }
    say!("requested {}", is_requested());
    drop(guard);
    DONE
}
