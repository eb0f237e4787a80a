//! No memory is left: `memory KIB` at the first block, `memory pending` when the event comes.

use std::fs;
use std::panic::catch_unwind;
use std::process::ExitCode;
use std::time::Duration;

use prove_common::Result;
use prove_common::system::limit;
use prove_common::talk::{arg, asleep, say};
use shutdown_protection::{ShutdownProtection, configure_shutdown_manager};

use super::{message, panic_quietly, ready_then_break};

const TIME: Duration = Duration::from_millis(300);

pub(super) fn run() -> Result<ExitCode> {
    panic_quietly();
    if arg(0) == "pending" {
        return pending();
    }
    leave(arg(0).parse::<u64>()? * 1024)?;
    say("limited");
    match catch_unwind(|| ShutdownProtection::start_for(TIME)) {
        Ok(block) => {
            let block = block?;
            say("works");
            ready_then_break(&block);
            drop(block);
        }
        Err(panic) => say(&format!("refused: {}", message(&*panic))),
    }
    Ok(ExitCode::SUCCESS)
}

/// Leaves so many bytes of address space.
fn leave(bytes: u64) -> Result {
    let statm = fs::read_to_string("/proc/self/statm")?;
    let pages: u64 = statm.split(' ').next().ok_or("statm is empty")?.parse()?;
    // SAFETY: takes no pointer.
    let page = unsafe { libc::sysconf(libc::_SC_PAGESIZE) }.cast_unsigned();
    Ok(limit(libc::RLIMIT_AS, pages * page + bytes)?)
}

fn pending() -> Result<ExitCode> {
    configure_shutdown_manager().unwind_time(Duration::from_millis(100)).apply()?;
    let _block = ShutdownProtection::start_for(TIME)?;
    // A thread needs memory to begin: the supervisor is to be where it waits.
    while !others_sleep()? {
        std::thread::yield_now();
    }
    leave(0)?;
    for size in [1 << 20, 1 << 12, 1 << 8, 16] {
        // SAFETY: what is allocated here is never used, and never freed. The compiler must not know it.
        while !std::hint::black_box(unsafe { libc::malloc(size) }).is_null() {}
    }
    let ready = b"ready\n";
    // SAFETY: the pointer and the length are those of a live text.
    unsafe { libc::write(1, ready.as_ptr().cast(), ready.len()) };
    asleep()
}

fn others_sleep() -> Result<bool> {
    let own = std::process::id().to_string();
    for thread in fs::read_dir("/proc/self/task")? {
        let thread = thread?;
        let status = fs::read_to_string(thread.path().join("status"))?;
        if thread.file_name() != *own && !status.contains("\nState:\tS") {
            return Ok(false);
        }
    }
    Ok(true)
}
