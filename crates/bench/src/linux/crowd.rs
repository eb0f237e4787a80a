//! One signal while very many blocks are open.
//!
//! Neither the handler nor whoever waits for it should take longer because there are more blocks. The main thread opens
//! them all and raises `SIGTERM` in itself; a second thread is blocked in `wait()`. The blocks belong to one owner
//! (guards of one thread) or each to its own (futures that were polled once).
//!
//! Memory is the growth of the resident set, read exactly from `smaps_rollup`, with the guards or futures themselves
//! and the vector that holds them.

use std::fs;
use std::future::pending;
use std::hint;
use std::mem::size_of;
use std::pin::Pin;
use std::sync::mpsc;
use std::task::{Context, Waker};
use std::thread;
use std::time::Duration;

use shutdown_protection::{
    ShutdownProtection, cancel_shutdown, configure_shutdown_manager, is_requested, protect_async, wait,
};

use crate::linux::child::{self, Failure, number};
use crate::linux::clock;
use crate::linux::stats::median;

pub(crate) const PART: &str = "crowd";
/// A crowd of fewer blocks is opened again and again until there were so many: one reading of the clock costs as much as a
/// block.
const STARTS: usize = 200_000;
const HOUR: Duration = Duration::from_secs(3600);

/// What one child found.
pub(crate) struct Crowd {
    /// Microseconds until `is_requested()`, one for each signal.
    pub(crate) flag: Vec<f64>,
    /// Microseconds until `wait()` has returned.
    pub(crate) wait: Vec<f64>,
    /// Bytes of resident memory for each block.
    pub(crate) bytes: f64,
    /// Bytes of the guard or the boxed future alone.
    pub(crate) own_bytes: f64,
    /// Nanoseconds to open and to end one block of the crowd: medians, where it is small enough to be opened often.
    pub(crate) start: f64,
    pub(crate) end: f64,
}

/// Starts a child with `blocks` open blocks that is sent `signals` signals.
pub(crate) fn measure(blocks: usize, futures: bool, signals: u32) -> Result<Crowd, Failure> {
    let kind = if futures { "futures" } else { "guards" };
    let lines = child::numbers(PART, &[kind.to_owned(), blocks.to_string(), signals.to_string()])?;
    let Some(([bytes, own_bytes, start, end], samples)) =
        lines.split_last().and_then(|(last, samples)| Some((<[f64; 4]>::try_from(last.clone()).ok()?, samples)))
    else {
        return Err("the child printed no summary".into());
    };
    let column = |index: usize| samples.iter().filter_map(|line| line.get(index)).map(|ns| ns / 1e3).collect();
    Ok(Crowd { flag: column(0), wait: column(1), bytes, own_bytes, start, end })
}

/// The child: one line for each signal, then the summary.
pub(crate) fn run(arguments: &[String]) -> Result<(), Failure> {
    let [kind, blocks, signals] = arguments else {
        return Err("usage: crowd <guards|futures> <blocks> <signals>".into());
    };
    let (blocks, signals) = (number(blocks)?, number(signals)?);
    configure_shutdown_manager().max_attempts(u32::MAX).apply()?;
    match kind.as_str() {
        "guards" => among(blocks, signals, size_of::<ShutdownProtection>(), || {
            ShutdownProtection::start_for(HOUR).expect("nothing is pending")
        }),
        "futures" => among(blocks, signals, future_size(future), || {
            let mut future = Box::pin(future());
            let poll = Pin::new(&mut future).poll(&mut Context::from_waker(Waker::noop()));
            assert!(poll.is_pending());
            future
        }),
        _ => Err(format!("no such kind: {kind}").into()),
    }
}

fn future() -> impl Future<Output = Result<(), shutdown_protection::Interrupted>> {
    protect_async(HOUR, pending())
}

/// The future itself and the pointer to it.
fn future_size<F>(_: impl FnOnce() -> F) -> usize {
    size_of::<F>() + size_of::<Pin<Box<F>>>()
}

/// Opens the crowd, sends the signals, and ends the crowd.
fn among<Block>(blocks: usize, signals: u32, own_bytes: usize, start: impl Fn() -> Block) -> Result<(), Failure> {
    // One block first, so that what is there once in a process does not count for the crowd.
    let first = start();
    // The engine measures the pace of the processor's counter over the first 50 ms; until then a start reads exact clocks.
    thread::sleep(Duration::from_millis(100));
    let first = (blocks > 1).then_some(first);
    let others = (blocks - 1).max(1);
    let mut crowd = Vec::with_capacity(others);
    let before = resident()?;
    let mut starts = Vec::new();
    let mut ends = Vec::new();
    let mut grown = None;
    for last in (0..(STARTS / others).max(1)).rev() {
        let begin = clock::precise();
        crowd.extend((0..others).map(|_| start()));
        starts.push((clock::precise() - begin) as f64);
        if grown.is_none() {
            grown = Some(resident()?.saturating_sub(before));
        }
        if last == 0 {
            for (flag, wait) in signal(signals)? {
                println!("{flag} {wait}");
            }
        }
        let begin = clock::precise();
        crowd.clear();
        ends.push((clock::precise() - begin) as f64);
    }
    drop(first);
    let each = |total: f64| total / others as f64;
    let grown = each(grown.unwrap_or_default() as f64);
    println!("{grown} {own_bytes} {} {}", each(median(&starts)), each(median(&ends)));
    Ok(())
}

/// Raises the signals, one after the other, each after the one before was cancelled; nanoseconds for both answers.
fn signal(signals: u32) -> Result<Vec<(u64, u64)>, Failure> {
    let (ready, armed) = mpsc::channel::<()>();
    let (returned, stamps) = mpsc::channel::<u64>();
    thread::scope(|scope| {
        scope.spawn(move || {
            while armed.recv().is_ok() {
                while !wait(HOUR) {}
                let _ = returned.send(clock::precise());
            }
        });
        let mut taken = Vec::new();
        for _ in 0..signals {
            ready.send(())?;
            // Time for the other thread to get into `wait()`.
            thread::sleep(Duration::from_millis(1));
            let sent = clock::precise();
            signal_hook::low_level::raise(libc::SIGTERM)?;
            while !is_requested() {
                hint::spin_loop();
            }
            let seen = clock::precise();
            let returned = stamps.recv()?;
            taken.push((seen - sent, returned.saturating_sub(sent)));
            cancel_shutdown().map_err(|_| "the shutdown could not be cancelled")?;
        }
        drop(ready);
        Ok(taken)
    })
}

/// The resident set of this process in bytes. `statm` is cheaper, but the kernel rounds it by dozens of pages.
fn resident() -> Result<u64, Failure> {
    let text = fs::read_to_string("/proc/self/smaps_rollup")?;
    let line = text.lines().find_map(|line| line.strip_prefix("Rss:")).ok_or("no Rss in smaps_rollup")?;
    let kilobytes: u64 = number(line.trim_end_matches("kB").trim())?;
    Ok(kilobytes * 1024)
}
