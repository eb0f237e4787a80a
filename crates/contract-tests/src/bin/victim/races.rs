//! Owners that end, wait or are refused in the shadow of one another.

use std::sync::Mutex;
use std::sync::mpsc::{Sender, channel};
use std::time::Duration;
use std::{fs, mem, thread};

use shutdown_protection::{ShutdownProtection, configure_shutdown_manager, open_blocks};

use crate::os::monotonic_ns;
use crate::talk::{LONG, arg, asleep, patient, ready_then_pending, say, stuck, tell};
use crate::{DONE, Outcome, scenarios};

scenarios![
    told_at_the_lapse,
    refused_while_a_worker_drops,
    renewed_to_sooner,
    leaked_and_lapsed,
    starts_for_ever,
    joins_a_block_at_exit,
    joins_a_lapsed_block,
];

/// What the main thread leaves behind when it unwinds.
struct Unwinds;

impl Drop for Unwinds {
    fn drop(&mut self) {
        say!("main unwinds");
    }
}

/// Until the main thread waits, and not just for a moment.
pub(crate) fn await_sleep_of_main() {
    let stat = format!("/proc/self/task/{}/stat", std::process::id());
    let sleeps = || {
        let stat = fs::read_to_string(&stat).expect("/proc is mounted");
        stat.rsplit(") ").next().is_some_and(|fields| fields.starts_with('S'))
    };
    let mut times = 0;
    while times < 30 {
        thread::sleep(Duration::from_millis(5));
        times = if sleeps() { times + 1 } else { 0 };
    }
}

fn await_lapse(guard: &ShutdownProtection) {
    while !guard.remaining().is_zero() {
        thread::sleep(Duration::from_millis(5));
    }
}

/// A worker in a block. Once it has its word, and the main thread has gone to sleep, it does the rest.
fn beside(rest: impl FnOnce(ShutdownProtection) + Send + 'static) -> Sender<()> {
    let (word, hears) = channel();
    let (opened, is_open) = channel();
    thread::spawn(move || {
        let guard = ShutdownProtection::start_for(LONG).expect("nothing is pending");
        opened.send(()).expect("the main thread waits");
        hears.recv().expect("the main thread lives");
        await_sleep_of_main();
        rest(guard);
        asleep()
    });
    is_open.recv().expect("the block opens");
    word
}

/// The main thread breaks and waits for the worker; meanwhile its own block lapses, and then the worker ends.
fn told_at_the_lapse() -> Outcome {
    patient();
    let _unwinds = Unwinds;
    let worker = beside(|guard| {
        while !open_blocks().iter().any(|block| block.remaining() == Some(Duration::ZERO)) {
            thread::sleep(Duration::from_millis(5));
        }
        drop(guard);
    });
    let guard = ShutdownProtection::start_for(LONG)?;
    ready_then_pending();
    guard.renew_for(Duration::from_secs(1));
    worker.send(())?;
    tell("main", &guard.allow_break());
    DONE
}

/// The main thread has no block: it waits in a start that is refused, and then the worker ends.
fn refused_while_a_worker_drops() -> Outcome {
    patient();
    let _unwinds = Unwinds;
    let worker = beside(drop);
    ready_then_pending();
    worker.send(())?;
    tell("main", &ShutdownProtection::start());
    DONE
}

/// The main thread waits for a worker, which gives itself less time than it had.
fn renewed_to_sooner() -> Outcome {
    patient();
    let worker = beside(|guard| {
        say!("renewed {}", monotonic_ns());
        guard.renew_for(Duration::from_millis(100));
        mem::forget(guard);
    });
    let guard = ShutdownProtection::start_for(LONG)?;
    ready_then_pending();
    worker.send(())?;
    let answer = guard.allow_break();
    say!("told {}", monotonic_ns());
    tell("main", &answer);
    DONE
}

/// A block that nobody ends and that has lapsed is no reason to let its thread start another.
fn leaked_and_lapsed() -> Outcome {
    patient();
    let guard = ShutdownProtection::start_for(LONG)?;
    let worker = thread::spawn(|| {
        let leaked = ShutdownProtection::start_for(Duration::from_millis(100)).expect("nothing is pending");
        ready_then_pending();
        await_lapse(&leaked);
        mem::forget(leaked);
        tell("worker", &ShutdownProtection::start_for(LONG));
    });
    worker.join().expect("no panic");
    tell("main", &guard.allow_break());
    DONE
}

/// The same in the main thread, which takes no refusal for an answer.
fn starts_for_ever() -> Outcome {
    let leaked = ShutdownProtection::start_for(Duration::from_millis(300))?;
    ready_then_pending();
    await_lapse(&leaked);
    mem::forget(leaked);
    loop {
        if let Ok(block) = ShutdownProtection::start_for(LONG) {
            thread::sleep(Duration::from_millis(700));
            drop(block);
        }
        thread::sleep(Duration::from_millis(5));
    }
}

/// The callback waits for a thread that flushes in a block of its own.
fn joins_a_block_at_exit() -> Outcome {
    configure_shutdown_manager()
        .max_exec_time(LONG)
        .before_termination(|| {
            let flush = thread::spawn(|| {
                let block = ShutdownProtection::builder().run_at_exit(true).max_exec_time(LONG).start();
                tell("flush", &block);
                drop(block);
            });
            flush.join().expect("no panic");
            say!("joined");
        })
        .apply()?;
    if arg(1) == "drop" {
        let guard = ShutdownProtection::start_for(LONG)?;
        ready_then_pending();
        drop(guard);
    } else {
        say!("ready");
    }
    stuck()
}

/// The callback waits for a thread whose block has lapsed, and which ends it only now.
fn joins_a_lapsed_block() -> Outcome {
    let (word, hears) = channel::<()>();
    let (lapses, has_lapsed) = channel();
    let worker = thread::spawn(move || {
        let guard = ShutdownProtection::start_for(Duration::from_millis(100)).expect("nothing is pending");
        await_lapse(&guard);
        lapses.send(()).expect("the main thread waits");
        hears.recv().expect("the callback runs");
        drop(guard);
    });
    let worker = Mutex::new(Some((word, worker)));
    configure_shutdown_manager()
        .max_exec_time(LONG)
        .before_termination(move || {
            let Some((word, worker)) = worker.lock().expect("no panic").take() else { return };
            word.send(()).expect("the worker waits");
            worker.join().expect("no panic");
            say!("joined");
        })
        .apply()?;
    let guard = ShutdownProtection::start_for(LONG)?;
    has_lapsed.recv()?;
    ready_then_pending();
    drop(guard);
    stuck()
}
