//! `main` returns while other threads hold blocks.

use std::process::ExitCode;
use std::sync::mpsc::channel;
use std::time::Duration;

use shutdown_protection::{Interrupted, ShutdownProtection};

use crate::os::monotonic_ns;
use crate::talk::{LONG, arg, await_pending, hear_go, number, patient, say, stuck, tell};
use crate::threads::worker_until_go;
use crate::{DONE, Outcome, scenarios};

scenarios![main_returns, main_returns_while_pending];

/// `main` returns a code while a worker holds a block, which then ends in its way.
fn main_returns() -> Outcome {
    patient();
    let way = arg(2);
    let (opened, is_open) = channel();
    std::thread::spawn(move || {
        let start = monotonic_ns();
        let guard = match way.as_str() {
            "lapse" => ShutdownProtection::start_for(Duration::from_millis(900)),
            "drain" => ShutdownProtection::builder().drain_time(Duration::from_millis(500)).start(),
            _ => ShutdownProtection::start_for(LONG),
        };
        let guard = guard.expect("nothing is pending");
        opened.send(()).expect("the main thread waits");
        match way.as_str() {
            "lapse" | "drain" => {
                say!("start {start}");
                stuck();
            }
            "break" => {
                await_pending();
                hear_go();
                let answer: Result<(), Interrupted> = guard.allow_break();
                tell("worker", &answer);
            }
            _ => hear_go(),
        }
        say!("worker done");
        drop(guard);
    });
    is_open.recv()?;
    say!("main returns {}", monotonic_ns());
    Ok(ExitCode::from(number::<u8>(1)))
}

/// `main` has no block, and returns while a worker is in one and a shutdown is pending.
fn main_returns_while_pending() -> Outcome {
    patient();
    std::thread::spawn(worker_until_go);
    await_pending();
    DONE
}
