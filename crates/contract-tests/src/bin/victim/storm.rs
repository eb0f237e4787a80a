//! Eight threads that each write in two steps under protection, while signals come by the hundred thousand.

use std::fs::File;
use std::io::Write;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::mpsc::{Sender, channel};
use std::thread::JoinHandle;
use std::time::Duration;

use shutdown_protection::{Interrupted, ShutdownProtection, cancel_shutdown, configure_shutdown_manager, wait};

use crate::talk::{LONG, arg, asleep, await_pending, hear_go, number, patient, say, tell};
use crate::{DONE, Outcome, scenarios};

scenarios![storm_ignored, storm_of_ends, storm_cancelled, short_blocks];

const THREADS: usize = 8;

/// The program cancels every shutdown until this is set; its writers begin again until then.
static CALM: AtomicBool = AtomicBool::new(true);

/// Writes block after block until it is interrupted for good.
fn write_until_interrupted(path: &Path, wrote: &Sender<()>) -> Interrupted {
    let mut file = File::create(path).expect("a file");
    for number in 0_u64.. {
        let answer = write_protected(&mut file, number);
        if number == 0 {
            wrote.send(()).expect("the main thread waits");
        }
        match answer {
            Err(interrupted) if CALM.load(Ordering::SeqCst) => return interrupted,
            _ => {}
        }
    }
    unreachable!("nobody counts so far")
}

/// `begin n` and `end n` are two system calls that belong together, with one breakpoint between two such pairs.
fn write_protected(file: &mut File, number: u64) -> Result<(), Interrupted> {
    let guard = ShutdownProtection::start_for(LONG)?;
    write(file, "begin", number);
    std::thread::yield_now();
    write(file, "end", number);
    guard.allow_break()?;
    write(file, "begin again", number);
    write(file, "end again", number);
    guard.finish()
}

fn write(file: &mut File, step: &str, number: u64) {
    writeln!(file, "{step} {number}").expect("the disk has room");
}

/// Starts the writers, and waits until each has written its first.
fn start_writers() -> Vec<JoinHandle<Interrupted>> {
    let folder = PathBuf::from(arg(1));
    let (wrote, have_written) = channel();
    let writers = (0..THREADS)
        .map(|number| {
            let path = folder.join(number.to_string());
            let wrote = wrote.clone();
            std::thread::spawn(move || write_until_interrupted(&path, &wrote))
        })
        .collect();
    assert_eq!(have_written.iter().take(THREADS).count(), THREADS);
    writers
}

fn say_how_they_ended(writers: Vec<JoinHandle<Interrupted>>) {
    for writer in writers {
        let interrupted = writer.join().expect("no panic");
        say!("writer {:?} {:?}", interrupted.event(), interrupted.cause());
    }
}

/// Signals that do not end anything (`SIGHUP` reloads here), and then one that does.
fn storm_ignored() -> Outcome {
    configure_shutdown_manager().terminate_on_hup(false).apply()?;
    wait_for_the_writers()
}

/// Signals that all mean the end; the maximum is out of reach, so that only breakpoints end the blocks.
fn storm_of_ends() -> Outcome {
    configure_shutdown_manager().max_attempts(u32::MAX).apply()?;
    wait_for_the_writers()
}

fn wait_for_the_writers() -> Outcome {
    patient();
    // The main thread's own block keeps the process until all have been told.
    let guard = ShutdownProtection::start_for(LONG)?;
    let writers = start_writers();
    say!("ready");
    say_how_they_ended(writers);
    drop(guard);
    asleep()
}

/// Each shutdown is cancelled at once, and the program lives on, until the test has sent all its signals.
fn storm_cancelled() -> Outcome {
    patient();
    configure_shutdown_manager().max_attempts(u32::MAX).apply()?;
    CALM.store(false, Ordering::SeqCst);
    let guard = ShutdownProtection::start_for(LONG)?;
    let writers = start_writers();
    std::thread::spawn(|| {
        hear_go();
        CALM.store(true, Ordering::SeqCst);
    });
    say!("ready");
    let mut cancelled = 0_u64;
    while !CALM.load(Ordering::SeqCst) {
        if wait(Duration::from_millis(10)) {
            assert!(cancel_shutdown().is_ok());
            cancelled += 1;
        }
    }
    say!("cancelled some {}", cancelled > 0);
    say_how_they_ended(writers);
    // All of them may have left on account of the last shutdown that was cancelled.
    await_pending();
    tell("break", &guard.allow_break());
    DONE
}

/// Threads that open one short block after the other and look at nothing: the end finds them inside a block, between
/// two, or on the way in or out.
fn short_blocks() -> Outcome {
    let (wrote, have_written) = channel();
    let threads: usize = number(2);
    for thread in 0..threads {
        let path = PathBuf::from(arg(1)).join(thread.to_string());
        let wrote = wrote.clone();
        std::thread::spawn(move || {
            let mut file = File::create(path).expect("a file");
            for number in 0_u64.. {
                if let Ok(_guard) = ShutdownProtection::start_for(LONG) {
                    write(&mut file, "begin", number);
                    write(&mut file, "end", number);
                }
                if number == 0 {
                    wrote.send(()).expect("the main thread waits");
                }
            }
        });
    }
    assert_eq!(have_written.iter().take(threads).count(), threads);
    say!("ready");
    if arg(3) == "request" {
        shutdown_protection::request_shutdown();
    }
    asleep()
}
