//! What the library tells about open blocks, by its functions and in the log.

use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use log::{LevelFilter, Log, Metadata, Record};
use shutdown_protection::{ShutdownProtection, configure_shutdown_manager, open_blocks, protect, protect_async};

use crate::talk::{LONG, hear_go, patient, ready_then_pending, say, stuck, tell};
use crate::{DONE, Outcome, scenarios};

scenarios![listed, listed_while_draining, logged, logged_callback];

/// Says each open block: name, file and line, whether its age and its time are sensible.
fn say_blocks() {
    for block in open_blocks() {
        let place = block.location();
        let left = block.remaining();
        say!(
            "block {} {} old {} left {}",
            block.name().unwrap_or("-"),
            place.file().rsplit('/').next().unwrap_or("?"),
            block.age() < LONG,
            left.is_some_and(|left| !left.is_zero() && left < 2 * LONG),
        );
        say!("line {}", place.line());
    }
    say!("end");
}

fn listed() -> Outcome {
    let first = line!() + 1;
    let guard = ShutdownProtection::start_for(LONG)?;
    say!("want {first}");
    say_blocks();
    std::thread::sleep(Duration::from_millis(100));
    say!("age {}", open_blocks()[0].age() >= Duration::from_millis(90));
    drop(guard);

    let builder = ShutdownProtection::builder().name("ledger").max_exec_time(LONG);
    let second = line!() + 1;
    let guard = builder.start()?;
    say!("want {second}");
    say_blocks();
    drop(guard);

    let third = line!() + 1;
    protect(LONG, |_| {
        say!("want {third}");
        say_blocks();
        Ok::<(), shutdown_protection::Interrupted>(())
    })?;

    let fourth = line!() + 1;
    let future = protect_async(LONG, async {
        say!("want {fourth}");
        say_blocks();
    });
    smol::block_on(future)?;
    DONE
}

/// The time of a drain block has not begun before the event.
fn listed_while_draining() -> Outcome {
    patient();
    let guard = ShutdownProtection::builder().drain_time(LONG).start()?;
    say!("left {}", open_blocks()[0].remaining().is_some());
    ready_then_pending();
    say!("left {}", open_blocks()[0].remaining().is_some());
    tell("break", &guard.allow_break());
    DONE
}

/// Says each record of the library, until the scenario has heard enough.
struct Says;

pub(crate) static ENOUGH: AtomicBool = AtomicBool::new(false);

impl Log for Says {
    fn enabled(&self, _: &Metadata<'_>) -> bool {
        !ENOUGH.load(Ordering::SeqCst)
    }

    fn log(&self, record: &Record<'_>) {
        if self.enabled(record.metadata()) {
            let text = record.args().to_string().replace('\n', " ");
            say!("log {} {} {text}", record.target(), record.level());
        }
    }

    fn flush(&self) {}
}

pub(crate) fn with_log() {
    log::set_logger(&Says).expect("the first logger");
    log::set_max_level(LevelFilter::Trace);
}

/// At the first event the log says who holds the process.
fn logged() -> Outcome {
    with_log();
    patient();
    let named = ShutdownProtection::builder().name("ledger").max_exec_time(LONG).start()?;
    let (opened, is_open) = std::sync::mpsc::channel();
    std::thread::spawn(move || {
        let _other = ShutdownProtection::builder().name("mailbox").start().expect("nothing is pending");
        opened.send(()).expect("the main thread waits");
        stuck()
    });
    is_open.recv()?;
    let _ = &named;
    say!("ready");
    crate::talk::asleep()
}

/// A callback that panics is logged.
fn logged_callback() -> Outcome {
    with_log();
    patient();
    configure_shutdown_manager().before_termination(|| panic!("the callback's own")).apply()?;
    say!("ready");
    hear_go();
    ENOUGH.store(true, Ordering::SeqCst);
    stuck()
}
