//! The wall clock jumps while the program waits, and again while its shutdown is pending: `clocks SECONDS`.

use std::process::ExitCode;
use std::thread;
use std::time::{Duration, SystemTime};

use prove_common::Result;
use prove_common::clock::monotonic_ns;
use prove_common::talk::{LONG, number, patient, say};
use shutdown_protection::{ShutdownProtection, wait};

use super::{fault, while_in_time};

pub(super) fn run() -> Result<ExitCode> {
    let by: i64 = number(0);
    patient();
    let start = monotonic_ns();
    let block = ShutdownProtection::start_for(Duration::from_millis(1_500))?;
    say(&format!("start {start}"));
    say(&format!("pid {}", std::process::id()));
    let jumper = thread::spawn(move || {
        thread::sleep(Duration::from_millis(100));
        let wall = seconds();
        fault(c"fault_wall_clock", by);
        seconds() - wall
    });
    let before = monotonic_ns();
    let _ = wait(Duration::from_millis(300));
    let waited = monotonic_ns() - before;
    say(&format!("jumped {}", jumper.join().map_err(|_| "the jumper panicked")?));
    say(&format!("waited {waited}"));
    thread::spawn(move || {
        let _ = wait(LONG);
        fault(c"fault_wall_clock", -by);
    });
    say("ready");
    while_in_time(&block);
    drop(block);
    Ok(ExitCode::SUCCESS)
}

fn seconds() -> f64 {
    SystemTime::now().duration_since(SystemTime::UNIX_EPOCH).map_or(0.0, |since| since.as_secs_f64())
}
