//! A callback that never returns: `callbacks termination | hup outside | inside MAX_EXEC_TIME UNWIND_TIME`.

use std::process::ExitCode;

use prove_common::Result;
use prove_common::talk::{LONG, arg, asleep, await_pending, millis, say};
use shutdown_protection::{ShutdownProtection, configure_shutdown_manager};

pub(super) fn run() -> Result<ExitCode> {
    let configure = configure_shutdown_manager().max_exec_time(millis(2)).unwind_time(millis(3));
    if arg(0) == "hup" { configure.before_hup(hang) } else { configure.before_termination(hang) }.apply()?;
    let block = (arg(1) == "inside").then(|| ShutdownProtection::start_for(LONG)).transpose()?;
    say("ready");
    if let Some(block) = block {
        await_pending();
        let _ = block.allow_break();
        drop(block);
        return Ok(ExitCode::SUCCESS);
    }
    asleep()
}

fn hang() {
    say("callback");
    asleep()
}
