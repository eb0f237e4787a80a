//! Blocks in several threads.

use std::sync::mpsc::{Receiver, Sender, channel};
use std::thread::JoinHandle;
use std::time::Duration;

use shutdown_protection::{ShutdownProtection, configure_shutdown_manager};

use crate::os::monotonic_ns;
use crate::talk::{LONG, asleep, await_pending, hear, hear_go, patient, ready_then_pending, say, tell};
use crate::{DONE, Outcome, scenarios};

scenarios![
    independent,
    own_deadlines,
    main_waits,
    main_start_waits,
    main_waits_for_a_lapse,
    main_waits_in_vain,
    worker_drops_last,
    worker_panics,
    worker_unwinds
];

/// A thread that opens a block, then does what it is told, and says so under its name.
fn worker(name: &'static str, time: Duration) -> (Sender<&'static str>, JoinHandle<()>) {
    let (sender, orders) = channel();
    let (opened, is_open) = channel();
    let handle = std::thread::spawn(move || {
        let guard = ShutdownProtection::start_for(time).expect("nothing is pending");
        opened.send(()).expect("the main thread waits");
        obey(name, guard, &orders);
    });
    is_open.recv().expect("the block opens");
    (sender, handle)
}

fn obey(name: &str, guard: ShutdownProtection, orders: &Receiver<&'static str>) {
    while let Ok(order) = orders.recv() {
        match order {
            "break" => tell(name, &guard.allow_break()),
            "deadline" => tell(name, &guard.check_deadline()),
            "drop" => {
                say!("{name} done");
                drop(guard);
                return;
            }
            other => panic!("a worker knows no {other:?}"),
        }
    }
}

/// Two workers, told one by one by the test: `<worker> <order>`.
fn independent() -> Outcome {
    patient();
    let (first, first_done) = worker("first", LONG);
    let (second, second_done) = worker("second", LONG);
    ready_then_pending();
    loop {
        match hear().as_str() {
            "first break" => first.send("break")?,
            "first drop" => {
                first.send("drop")?;
                break;
            }
            "second break" => second.send("break")?,
            other => panic!("no order {other:?}"),
        }
    }
    first_done.join().expect("no panic");
    hear_go();
    second.send("break")?;
    second.send("drop")?;
    second_done.join().expect("no panic");
    DONE
}

/// One worker's block lapses while the other's is open.
fn own_deadlines() -> Outcome {
    patient();
    let (short, short_done) = worker("short", Duration::from_millis(300));
    let (long, long_done) = worker("long", LONG);
    ready_then_pending();
    std::thread::sleep(Duration::from_millis(400));
    for (worker, done) in [(short, short_done), (long, long_done)] {
        worker.send("deadline")?;
        worker.send("break")?;
        worker.send("drop")?;
        done.join().expect("no panic");
    }
    DONE
}

/// The main thread breaks first, and waits there for the worker.
fn main_waits() -> Outcome {
    patient();
    configure_shutdown_manager().before_termination(|| say!("termination")).apply()?;
    let guard = ShutdownProtection::start_for(LONG)?;
    let worker = std::thread::spawn(worker_until_go);
    ready_then_pending();
    tell("main", &guard.allow_break());
    drop(guard);
    worker.join().expect("no panic");
    DONE
}

/// The same, without a block of its own: its start is the break.
fn main_start_waits() -> Outcome {
    patient();
    let worker = std::thread::spawn(worker_until_go);
    await_pending();
    tell("main", &ShutdownProtection::start());
    worker.join().expect("no panic");
    DONE
}

/// Opens a block; after the event it goes on until the test lets it end.
pub(crate) fn worker_until_go() {
    let guard = ShutdownProtection::start_for(LONG).expect("nothing is pending");
    ready_then_pending();
    hear_go();
    say!("worker done");
    drop(guard);
}

/// The worker is stuck; its deadline ends the main thread's waiting.
fn main_waits_for_a_lapse() -> Outcome {
    patient();
    let guard = ShutdownProtection::start_for(LONG)?;
    let start = monotonic_ns();
    let (_orders, _worker) = worker("worker", Duration::from_millis(700));
    ready_then_pending();
    tell("main", &guard.allow_break());
    say!("told {}", monotonic_ns());
    say!("start {start}");
    DONE
}

/// The worker never ends its block: attempts break the main thread's waiting.
fn main_waits_in_vain() -> Outcome {
    patient();
    let guard = ShutdownProtection::start_for(LONG)?;
    let (_orders, _worker) = worker("worker", LONG);
    ready_then_pending();
    tell("main", &guard.allow_break());
    DONE
}

/// The main thread has no block, and hangs.
fn worker_drops_last() -> Outcome {
    std::thread::spawn(|| {
        let guard = ShutdownProtection::start_for(LONG).expect("nothing is pending");
        ready_then_pending();
        drop(guard);
        say!("behind the block");
        asleep()
    });
    asleep()
}

/// The worker panics in its block while a shutdown is pending: its drop lets it unwind, and nobody else comes to
/// an end.
fn worker_panics() -> Outcome {
    configure_shutdown_manager().unwind_time(Duration::from_millis(200)).apply()?;
    std::thread::spawn(|| {
        let _guard = ShutdownProtection::start_for(LONG).expect("nothing is pending");
        ready_then_pending();
        panic!("the worker's own");
    });
    asleep()
}

/// The worker is interrupted, leaves its block and its thread; the main thread never looks.
fn worker_unwinds() -> Outcome {
    configure_shutdown_manager().unwind_time(Duration::from_millis(300)).apply()?;
    std::thread::spawn(|| {
        let guard = ShutdownProtection::start_for(LONG).expect("nothing is pending");
        ready_then_pending();
        let start = monotonic_ns();
        tell("worker", &guard.allow_break());
        say!("start {start}");
    });
    asleep()
}
