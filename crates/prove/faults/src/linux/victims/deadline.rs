//! A block with a known deadline, beside busy threads if it is told so: `deadline WAY MILLISECONDS [BUSY]`.

use std::future::pending;
use std::process::ExitCode;
use std::thread;
use std::time::Duration;

use prove_common::Result;
use prove_common::clock::monotonic_ns;
use prove_common::talk::{LONG, arg, asleep, await_pending, millis, say};
use shutdown_protection::{ShutdownProtection, configure_shutdown_manager, protect_async};

use super::while_in_time;

pub(super) fn run() -> Result<ExitCode> {
    let (way, time) = (arg(0), millis(1));
    let unwind = if way == "sleeps" { Duration::from_millis(100) } else { LONG };
    configure_shutdown_manager().unwind_time(unwind).apply()?;
    let busy: u64 = std::env::args().nth(5).map_or(Ok(0), |busy| busy.parse())?;
    for _ in 0..busy {
        thread::spawn(|| {
            loop {
                std::hint::spin_loop();
            }
        });
    }
    let start = monotonic_ns();
    if way == "future" {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
        let dropped = runtime.block_on(protect_async(time, async {
            ready(start);
            pending::<()>().await;
        }));
        return Ok(if dropped.is_err() { ExitCode::SUCCESS } else { ExitCode::FAILURE });
    }
    let builder = ShutdownProtection::builder();
    let block = if way == "drain" { builder.drain_time(time) } else { builder.max_exec_time(time) }.start()?;
    ready(start);
    if way == "sleeps" {
        asleep();
    }
    while_in_time(&block);
    drop(block);
    Ok(ExitCode::SUCCESS)
}

fn ready(start: u64) {
    say(&format!("start {start}"));
    say("ready");
    thread::spawn(|| {
        await_pending();
        say("pending");
    });
}
