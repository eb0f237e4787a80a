//! A block with a known deadline: `deadline WAY MAX_EXEC_TIME UNWIND_TIME`, in milliseconds.

use std::future::pending;
use std::process::ExitCode;
use std::time::Duration;

use prove_common::Result;
use prove_common::clock::monotonic_ns;
use prove_common::talk::{LONG, arg, asleep, millis, say};
use shutdown_protection::{ShutdownProtection, configure_shutdown_manager, protect_async};

/// How long a thread sleeps between two looks at its block.
const LOOK: Duration = Duration::from_micros(100);

pub(super) fn run() -> Result<ExitCode> {
    let time = millis(1);
    let way = arg(0);
    // Where the hard stage is not what is measured, it must not be what ends the program.
    let hard = matches!(way.as_str(), "stuck" | "drain");
    configure_shutdown_manager().unwind_time(if hard { millis(2) } else { LONG }).apply()?;
    let start = monotonic_ns();
    match way.as_str() {
        "plain" => {}
        "future" => return future(start, time),
        _ => {
            let builder = ShutdownProtection::builder();
            let builder = match way.as_str() {
                "drain" => builder.drain_time(time),
                "break" | "drop" => builder.max_exec_time(LONG),
                _ => builder.max_exec_time(time),
            };
            let block = builder.start()?;
            ready(start);
            match way.as_str() {
                "asks" => while_ok(|| block.check_deadline()),
                "break" => while_ok(|| block.allow_break()),
                "drop" => prove_common::talk::await_pending(),
                _ => asleep(),
            }
            drop(block);
            return Ok(ExitCode::SUCCESS);
        }
    }
    ready(start);
    asleep()
}

fn while_ok<E>(look: impl Fn() -> std::result::Result<(), E>) {
    while look().is_ok() {
        std::thread::sleep(LOOK);
    }
}

fn ready(start: u64) {
    say(&format!("start {start}"));
    say("ready");
}

fn future(start: u64, time: Duration) -> Result<ExitCode> {
    let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(1).enable_all().build()?;
    let dropped = runtime.block_on(protect_async(time, async {
        ready(start);
        pending::<()>().await;
    }));
    Ok(if dropped.is_err() { ExitCode::SUCCESS } else { ExitCode::FAILURE })
}
