//! `restore_handlers`.

use shutdown_protection::{ShutdownProtection, configure_shutdown_manager, restore_handlers};

use crate::os::{disposition, ignore, install, is_installed};
use crate::talk::{LONG, arg, patient, ready_then_pending, say, stuck, tell};
use crate::{DONE, Outcome, scenarios};

scenarios![restored_defaults, restored_former, replaced_stays, restored_in_a_block, installed_again, restored_twice];

const EVENTS: [i32; 4] = [libc::SIGINT, libc::SIGTERM, libc::SIGQUIT, libc::SIGHUP];

fn say_restored() {
    let mut names: Vec<String> = restore_handlers().iter().map(|event| format!("{event:?}")).collect();
    names.sort();
    say!("restored {}", names.join(" "));
}

/// Everything is as the system left it; the signal ends the process natively.
fn restored_defaults() -> Outcome {
    configure_shutdown_manager().before_termination(|| say!("termination")).apply()?;
    say!("ours {}", EVENTS.iter().all(|signal| disposition(*signal) != "default"));
    say_restored();
    say!("default {}", EVENTS.iter().all(|signal| disposition(*signal) == "default"));
    say!("ready");
    stuck()
}

extern "C" fn former(_: libc::c_int) {}

/// A guest's handler and an ignored signal come back as they were.
fn restored_former() -> Outcome {
    install(libc::SIGTERM, former);
    ignore(libc::SIGHUP);
    configure_shutdown_manager().before_hup(|| {}).apply()?;
    say!("former {} hup {}", is_installed(libc::SIGTERM, former), disposition(libc::SIGHUP) == "ignored");
    say_restored();
    say!("former {} hup {}", is_installed(libc::SIGTERM, former), disposition(libc::SIGHUP) == "ignored");
    DONE
}

/// What another library has put over ours is not ours to replace.
fn replaced_stays() -> Outcome {
    configure_shutdown_manager().apply()?;
    install(libc::SIGTERM, former);
    say_restored();
    say!("former {}", is_installed(libc::SIGTERM, former));
    DONE
}

/// With a block open the native behaviour is back all the same.
fn restored_in_a_block() -> Outcome {
    let guard = ShutdownProtection::start_for(LONG)?;
    say_restored();
    let _ = &guard;
    say!("ready");
    stuck()
}

fn installed_again() -> Outcome {
    drop(ShutdownProtection::start()?);
    restore_handlers();
    if arg(1) == "configure" {
        patient();
    }
    let guard = ShutdownProtection::start_for(LONG)?;
    ready_then_pending();
    tell("break", &guard.allow_break());
    DONE
}

fn restored_twice() -> Outcome {
    say_restored();
    configure_shutdown_manager().apply()?;
    say_restored();
    say_restored();
    DONE
}
