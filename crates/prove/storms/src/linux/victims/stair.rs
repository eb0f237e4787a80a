//! A block that nothing but attempts ends: `stair MAX_ATTEMPTS`.

use std::process::ExitCode;

use prove_common::Result;
use prove_common::talk::{LONG, asleep, number, say};
use shutdown_protection::{ShutdownProtection, configure_shutdown_manager};

pub(super) fn run() -> Result<ExitCode> {
    configure_shutdown_manager().max_attempts(number(0)).unwind_time(LONG).apply()?;
    let _block = ShutdownProtection::start_for(LONG)?;
    say("ready");
    asleep()
}
