//! No file descriptor is left: `descriptors break | deadline`.

use std::fs::File;
use std::process::ExitCode;
use std::time::Duration;

use prove_common::Result;
use prove_common::clock::monotonic_ns;
use prove_common::system::limit;
use prove_common::talk::{LONG, arg, patient, say};
use shutdown_protection::ShutdownProtection;

use super::{ready_then_break, while_in_time};

pub(super) fn run() -> Result<ExitCode> {
    limit(libc::RLIMIT_NOFILE, 32)?;
    let mut all = Vec::new();
    while let Ok(file) = File::open("/dev/null") {
        all.push(file);
    }
    patient();
    let start = monotonic_ns();
    let is_break = arg(0) == "break";
    let block = ShutdownProtection::start_for(if is_break { LONG } else { Duration::from_millis(300) })?;
    say(&format!("start {start}"));
    if is_break {
        ready_then_break(&block);
    } else {
        say("ready");
        while_in_time(&block);
    }
    drop(block);
    drop(all);
    Ok(ExitCode::SUCCESS)
}
