//! How late a deadline strikes.
//!
//! A shutdown is pending, a block of another thread keeps the process alive, and futures that never finish are
//! protected for a few milliseconds each. A future is dropped at its deadline: what is measured is how long after.
//! The clock starts just before the block does, so the figure is rather too high than too low.
//!
//! Two comparisons run in turn with it: a plain sleep in the same thread, which shows what the kernel's timers and the
//! load of the machine cost anybody, and tokio's timeout. The fourth row is the synchronous guard: it began before the
//! shutdown was requested, so its start was stamped by whatever clock is used while nothing is pending.

use std::future::{Future, pending};
use std::hint;
use std::pin::Pin;
use std::sync::atomic::{AtomicU64, Ordering};
use std::task::{Context, Poll};
use std::thread;
use std::time::Duration;

use shutdown_protection::{InterruptCause, ShutdownProtection, cancel_shutdown, protect_async, request_shutdown};
use tokio::runtime::{Builder, Runtime};

use crate::linux::child::{self, Failure, number};
use crate::linux::clock;
use crate::linux::harness::Role;

pub(crate) const PART: &str = "overshoot";

/// A row of the table; its index is its column in the child's output.
pub(crate) struct Row {
    pub(crate) name: &'static str,
    pub(crate) role: Role,
}

pub(crate) const SLEEP: usize = 0;
pub(crate) const FUTURE: usize = 1;
pub(crate) const GUARD: usize = 3;
const ROWS: [Row; 4] = [
    Row { name: "thread::sleep", role: Role::Floor },
    Row { name: "protect_async, inner future dropped", role: Role::Ours },
    Row { name: "tokio::time::timeout, inner future dropped", role: Role::Rival },
    Row { name: "guard, check_deadline() spun on until Err", role: Role::Ours },
];

type Results = Vec<(Row, Vec<f64>)>;

/// The samples of each row, in milliseconds after the deadline.
pub(crate) fn measure(samples: u32) -> Result<Results, Failure> {
    let lines = child::numbers(PART, &[samples.to_string()])?;
    let column = |index| lines.iter().filter_map(|line| line.get(index)).map(|ns| ns / 1e6).collect();
    Ok(ROWS.into_iter().enumerate().map(|(index, row)| (row, column(index))).collect())
}

/// The samples of the row with that index.
pub(crate) fn samples(results: &Results, row: usize) -> &[f64] {
    &results[row].1
}

/// The child: one round a line, the columns as in [`ROWS`], in nanoseconds.
pub(crate) fn run(arguments: &[String]) -> Result<(), Failure> {
    let [samples] = arguments else {
        return Err("usage: overshoot <samples>".into());
    };
    let samples = number(samples)?;
    // The main thread holds the end, and the blocks that lapse are another's: an interrupted main thread would first wait
    // for the block that holds the end.
    let _outer = ShutdownProtection::start_for(Duration::from_secs(3600))?;
    let measuring = thread::spawn(move || lapse(samples));
    measuring.join().map_err(|_| "the measuring thread panicked")?
}

fn lapse(samples: u64) -> Result<(), Failure> {
    let runtime = Builder::new_current_thread().enable_time().build()?;
    for round in 0..samples {
        // 5 to 20 ms, at odds with the ticks of the kernel.
        let time = Duration::from_micros(5_000 + round * 1_237 % 15_000);
        let sleep = late(time, || {
            thread::sleep(time);
            clock::precise()
        });
        let guard = late(time, || guarded(time));
        request_shutdown();
        let ours = late(time, || protected(time));
        cancel_shutdown().map_err(|_| "the shutdown could not be cancelled")?;
        let tokio = late(time, || timed_out(&runtime, time));
        println!("{sleep} {ours} {tokio} {guard}");
    }
    Ok(())
}

/// How many nanoseconds after `time` the stamp that `act` returns was taken. Negative would be before the deadline.
fn late(time: Duration, act: impl FnOnce() -> u64) -> i128 {
    let begin = clock::precise();
    i128::from(act()) - i128::from(begin) - time.as_nanos().cast_signed()
}

/// A future that never finishes, and stamps the time at which it is dropped.
struct Stamped<'a>(&'a AtomicU64);

impl Future for Stamped<'_> {
    type Output = ();

    fn poll(self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<()> {
        Pin::new(&mut pending()).poll(context)
    }
}

impl Drop for Stamped<'_> {
    fn drop(&mut self) {
        self.0.store(clock::precise(), Ordering::Relaxed);
    }
}

fn protected(time: Duration) -> u64 {
    let dropped = AtomicU64::new(0);
    let options = ShutdownProtection::builder().run_at_exit(true).max_exec_time(time);
    let interrupted = pollster::block_on(protect_async(options, Stamped(&dropped))).expect_err("it never finishes");
    assert_eq!(interrupted.cause(), InterruptCause::Deadline);
    dropped.into_inner()
}

fn timed_out(runtime: &Runtime, time: Duration) -> u64 {
    let dropped = AtomicU64::new(0);
    let timeout = async { tokio::time::timeout(time, Stamped(&dropped)).await };
    runtime.block_on(timeout).expect_err("it never finishes");
    dropped.into_inner()
}

fn guarded(time: Duration) -> u64 {
    let guard = ShutdownProtection::start_for(time).expect("nothing is pending");
    request_shutdown();
    while guard.check_deadline().is_ok() {
        hint::spin_loop();
    }
    let lapsed = clock::precise();
    cancel_shutdown().expect("only requested, never attempted");
    lapsed
}
