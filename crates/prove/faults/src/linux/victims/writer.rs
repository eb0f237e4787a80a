//! One protected two-step write after the other: `writer LEDGER`.

use std::process::ExitCode;
use std::thread::sleep;
use std::time::Duration;

use prove_common::Result;
use prove_common::ledger::Ledger;
use prove_common::talk::{LONG, arg, say};
use shutdown_protection::ShutdownProtection;

pub(super) fn run() -> Result<ExitCode> {
    let ledger = Ledger::open(arg(0).as_ref())?;
    for count in 0_u64.. {
        let block = ShutdownProtection::start_for(LONG)?;
        ledger.first_step(0)?;
        sleep(Duration::from_millis(1));
        ledger.second_step(0)?;
        block.finish()?;
        if count == 0 {
            say("ready");
        }
    }
    Ok(ExitCode::SUCCESS)
}
