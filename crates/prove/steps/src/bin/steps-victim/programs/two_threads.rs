//! The programs of two threads: one is stepped through, the other writes in blocks of its own all the time.

use std::sync::atomic::{AtomicBool, Ordering};
use std::thread;
use std::time::Duration;

use shutdown_protection::{Interrupted, ShutdownProtection, configure_shutdown_manager};

use super::LONG;
use crate::ledger::Ledger;
use crate::orders::mark;

static STOP: AtomicBool = AtomicBool::new(false);
/// The other thread's rows.
const OTHER: u8 = 200;

/// The main thread is stepped. Interrupted, it leaves without waiting for the other.
pub(crate) fn main_thread(ledger: &'static Ledger) -> Result<(), Interrupted> {
    configure_shutdown_manager().apply().expect("the handlers are installed");
    race(ledger)
}

/// The same, and both threads may be the first to use the library.
pub(crate) fn race(ledger: &'static Ledger) -> Result<(), Interrupted> {
    let other = thread::spawn(|| write_until_told(ledger));
    mark();
    few_blocks(ledger)?;
    STOP.store(true, Ordering::Relaxed);
    other.join().expect("the thread does not panic")
}

/// A thread is stepped, and the main thread writes.
pub(crate) fn worker(ledger: &'static Ledger) -> Result<(), Interrupted> {
    configure_shutdown_manager().apply().expect("the handlers are installed");
    let stepped = thread::spawn(|| {
        mark();
        let done = few_blocks(ledger);
        STOP.store(true, Ordering::Relaxed);
        done
    });
    write_until_told(ledger)?;
    stepped.join().expect("the thread does not panic")
}

fn few_blocks(ledger: &Ledger) -> Result<(), Interrupted> {
    let block = ShutdownProtection::start_for(LONG)?;
    ledger.write(1);
    block.allow_break()?;
    ledger.write(2);
    drop(block);
    let block = ShutdownProtection::start_for(LONG)?;
    ledger.write(3);
    block.finish()
}

fn write_until_told(ledger: &Ledger) -> Result<(), Interrupted> {
    while !STOP.load(Ordering::Relaxed) {
        let block = ShutdownProtection::start_for(LONG)?;
        ledger.write(OTHER);
        block.allow_break()?;
        ledger.write(OTHER);
        drop(block);
        // The files stay small while the other thread is stepped.
        thread::sleep(Duration::from_micros(50));
    }
    Ok(())
}
