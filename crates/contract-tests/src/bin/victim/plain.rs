//! No block open: what an event does then, and what the library does while nothing happens.

use std::fs;
use std::time::Duration;

use shutdown_protection::{ShutdownProtection, cancel_shutdown, configure_shutdown_manager, is_requested, open_blocks};

use crate::os::disposition;
use crate::talk::{LONG, arg, say, stuck};
use crate::{Outcome, scenarios};

scenarios![without_library, configured, after_a_block, core_dump, loaded, idle];

/// The system's own behaviour, to compare with.
fn without_library() -> Outcome {
    say!("ready");
    stuck()
}

fn configured() -> Outcome {
    configure_shutdown_manager().apply()?;
    say!("ready");
    stuck()
}

fn after_a_block() -> Outcome {
    drop(ShutdownProtection::start()?);
    say!("ready");
    stuck()
}

fn core_dump() -> Outcome {
    configure_shutdown_manager().core_dump(arg(1) == "true").apply()?;
    say!("ready");
    stuck()
}

/// Uses what only asks, and then shows that nothing was installed and no thread was started.
fn loaded() -> Outcome {
    say!("cancelled {:?}", cancel_shutdown().ok());
    say!("pending {} blocks {}", is_requested(), open_blocks().len());
    for signal in [libc::SIGINT, libc::SIGTERM, libc::SIGQUIT, libc::SIGHUP] {
        say!("signal {signal} {}", disposition(signal));
    }
    say!("threads {}", fs::read_dir("/proc/self/task")?.count());
    crate::DONE
}

/// Counts how often the threads other than this one were given the processor within two seconds, while one block
/// is open and another has lapsed.
fn idle() -> Outcome {
    configure_shutdown_manager().apply()?;
    let _open = ShutdownProtection::start_for(LONG)?;
    let lapsing = ShutdownProtection::start_for(Duration::from_millis(700))?;
    // The supervisor may still be on its way into its first wait.
    let mut before = switches();
    loop {
        std::thread::sleep(Duration::from_millis(300));
        let now = switches();
        if now == before {
            break;
        }
        before = now;
    }
    std::thread::sleep(Duration::from_secs(2));
    say!("lapsed {}", lapsing.remaining().is_zero());
    say!("switches {}", switches() - before);
    crate::DONE
}

/// The context switches of all threads but the main one. A thread that never runs has none.
fn switches() -> u64 {
    let own = std::process::id().to_string();
    let mut sum = 0;
    for task in fs::read_dir("/proc/self/task").expect("/proc is mounted") {
        let task = task.expect("a thread");
        if task.file_name().to_string_lossy() == own {
            continue;
        }
        let status = fs::read_to_string(task.path().join("status")).expect("a thread's status");
        sum += status
            .lines()
            .filter(|line| line.contains("ctxt_switches"))
            .filter_map(|line| line.split_whitespace().last()?.parse::<u64>().ok())
            .sum::<u64>();
    }
    sum
}
