//! `before_hup`, and what a hang-up does.

use std::sync::atomic::Ordering;
use std::time::Duration;

use shutdown_protection::{ShutdownProtection, configure_shutdown_manager, is_requested};

use crate::callbacks::{PanicsInDrop, before_termination};
use crate::os::raise;
use crate::report::{ENOUGH, with_log};
use crate::talk::{LONG, arg, asleep, await_pending, hear_go, patient, say, stuck, tell};
use crate::{DONE, Outcome, scenarios};

scenarios![hang_up, hang_up_changed, logged_hangup];

/// Arguments: `terminate_on_hup`; what the callback does; whether a block is open.
fn hang_up() -> Outcome {
    before_termination(|| say!("termination"))?;
    let mut configuration = configure_shutdown_manager().terminate_on_hup(arg(1) == "true");
    configuration = match arg(2).as_str() {
        "says" => configuration.before_hup(|| say!("hang-up")),
        // `max_exec_time` bounds how long a callback may hold up the end.
        "hangs" => configuration.max_exec_time(Duration::from_millis(500)).before_hup(|| {
            say!("hang-up");
            asleep()
        }),
        "panics badly" => configuration.before_hup(|| std::panic::panic_any(PanicsInDrop)),
        "panics" => configuration.before_hup(|| panic!("the callback's own")),
        "removed" => configuration.before_hup(|| say!("hang-up")).without_before_hup(),
        _ => configuration,
    };
    configuration.apply()?;
    let guard = match arg(3).as_str() {
        "block" => Some(ShutdownProtection::start_for(LONG)?),
        _ => None,
    };
    say!("ready");
    let Some(guard) = guard else { stuck() };
    hear_go();
    if arg(1) == "true" {
        await_pending();
    }
    tell("break", &guard.allow_break());
    DONE
}

/// `terminate_on_hup` can be changed while the program runs.
fn hang_up_changed() -> Outcome {
    configure_shutdown_manager().terminate_on_hup(false).apply()?;
    raise(libc::SIGHUP);
    std::thread::sleep(Duration::from_millis(200));
    say!("pending {}", is_requested());
    configure_shutdown_manager().terminate_on_hup(true).apply()?;
    say!("ready");
    stuck()
}

/// The callback panics, and the log says so.
fn logged_hangup() -> Outcome {
    with_log();
    patient();
    configure_shutdown_manager().terminate_on_hup(false).before_hup(|| panic!("the callback's own")).apply()?;
    say!("ready");
    hear_go();
    ENOUGH.store(true, Ordering::SeqCst);
    stuck()
}
