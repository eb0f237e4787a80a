//! What only the kernel can tell of a process: its dispositions, its threads, its core file.

use std::fs;
use std::time::Duration;

use shutdown_protection::{
    ShutdownProtection, cancel_shutdown, configure_shutdown_manager, is_requested, open_blocks, request_shutdown, wait,
};

use crate::os::{disposition, mask, raise, thread_id, until_asleep};
use crate::talk::{LONG, arg, asleep, patient, ready_then_pending, say, stuck, tell};
use crate::{DONE, Outcome, scenarios};

scenarios![
    core_dump,
    loaded,
    idle,
    masked_worker_drops_last,
    waits_asleep,
    refused_installs_nothing,
    told_again_at_the_very_end
];

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
    DONE
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
    DONE
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

/// The thread that ends the process has the signal blocked, which must not keep the process alive.
fn masked_worker_drops_last() -> Outcome {
    std::thread::spawn(|| {
        mask(libc::SIG_BLOCK, libc::SIGTERM);
        let guard = ShutdownProtection::start_for(LONG).expect("nothing is pending");
        ready_then_pending();
        drop(guard);
        asleep()
    });
    asleep()
}

/// A thread sleeps in `wait` when a shutdown becomes pending that no signal handler has rung for: a request, or a hang-up
/// behind its callback.
fn waits_asleep() -> Outcome {
    patient();
    let guard = ShutdownProtection::start_for(LONG)?;
    let (here, waiter) = std::sync::mpsc::channel();
    let waiting = std::thread::spawn(move || {
        here.send(thread_id()).expect("the main thread receives");
        wait(LONG)
    });
    let waiter = waiter.recv().expect("the waiter sends");
    until_asleep(waiter);
    if arg(1) == "request" {
        request_shutdown();
    } else {
        // The signal itself wakes the thread, which finds nothing pending and sleeps again.
        configure_shutdown_manager().before_hup(move || until_asleep(waiter)).apply()?;
        raise(libc::SIGHUP);
    }
    say!("woken {}", waiting.join().expect("no panic"));
    tell("break", &guard.allow_break());
    DONE
}

/// A configuration that is refused leaves the system's disposition.
fn refused_installs_nothing() -> Outcome {
    assert!(configure_shutdown_manager().max_attempts(0).apply().is_err());
    say!("handler {}", disposition(libc::SIGTERM));
    DONE
}

unsafe extern "C" {
    fn flockfile(stream: *mut libc::FILE);
}

/// The end of the exit takes as long as the hard stage lets it: it writes C's streams, and a thread holds one of them. Another
/// kind of event comes all the time.
fn told_again_at_the_very_end() -> Outcome {
    configure_shutdown_manager().max_attempts(1_000_000).unwind_time(Duration::from_millis(300)).apply()?;
    let guard = ShutdownProtection::start_for(LONG)?;
    ready_then_pending();
    tell("break", &guard.allow_break());
    let (holds, held) = std::sync::mpsc::channel();
    std::thread::spawn(move || {
        // SAFETY: the stream is a new one, and stays.
        unsafe { flockfile(libc::tmpfile()) };
        let _ = holds.send(());
        stuck()
    });
    held.recv()?;
    std::thread::spawn(|| {
        loop {
            raise(libc::SIGINT);
            std::thread::sleep(Duration::from_millis(1));
        }
    });
    DONE
}
