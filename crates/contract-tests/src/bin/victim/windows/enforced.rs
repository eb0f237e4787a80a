//! Events behind which Windows ends the process, and what a program can make of its time until then.

use std::time::Duration;

use shutdown_protection::{ExitStatus, ShutdownProtection, configure_shutdown_manager, open_blocks, restore_handlers};

use crate::talk::{LONG, arg, hear_go, millis, patient, ready_then_pending, say, stuck, tell};
use crate::{DONE, Outcome, scenarios};

scenarios![unwinds_slowly, drains_in_a_thread, says_what_is_left, keeps_logoff, restores];

/// A status that Windows does not give: it shows that the process ended by itself, and was not killed.
fn by_itself() -> Outcome {
    patient();
    configure_shutdown_manager().exit_status(ExitStatus::Code(7)).apply()?;
    DONE
}

/// It is told, and takes its time before `main` returns.
fn unwinds_slowly() -> Outcome {
    by_itself()?;
    let guard = ShutdownProtection::start_for(LONG)?;
    ready_then_pending();
    tell("break", &guard.allow_break());
    hear_go();
    say!("rolled back");
    drop(guard);
    DONE
}

/// The work is a worker's, and `main` has no block: the drop of the last guard is the end.
fn drains_in_a_thread() -> Outcome {
    by_itself()?;
    configure_shutdown_manager().before_termination(|| say!("termination")).apply()?;
    std::thread::spawn(|| {
        let guard = ShutdownProtection::start_for(LONG).expect("nothing is pending");
        ready_then_pending();
        hear_go();
        say!("drained");
        drop(guard);
    });
    crate::talk::asleep()
}

/// How much of its time the block has left when the event has come: at most the argument.
fn says_what_is_left() -> Outcome {
    by_itself()?;
    let most: Duration = millis(1);
    let guard = ShutdownProtection::start_for(LONG)?;
    ready_then_pending();
    say!("left {}", guard.remaining() <= most);
    say!("listed {}", open_blocks()[0].remaining().is_some_and(|left| left <= most));
    // A block that would renew itself gets no more than the system grants.
    guard.renew_for(LONG);
    say!("renewed {}", guard.remaining() <= most);
    tell("break", &guard.allow_break());
    DONE
}

/// A program that is to outlive the session; with a block or without.
fn keeps_logoff() -> Outcome {
    patient();
    configure_shutdown_manager().terminate_on_logoff(false).apply()?;
    let _guard = match arg(1).as_str() {
        "block" => Some(ShutdownProtection::start_for(LONG)?),
        _ => None,
    };
    say!("ready");
    stuck()
}

/// Says for which events it has put back what stood before.
fn restores() -> Outcome {
    configure_shutdown_manager().before_termination(|| say!("termination")).apply()?;
    let mut names: Vec<String> = restore_handlers().iter().map(|event| format!("{event:?}")).collect();
    names.sort();
    say!("restored {}", names.join(" "));
    say!("again {}", restore_handlers().len());
    say!("ready");
    stuck()
}
