//! Measures contestants side by side.
//!
//! A run goes round by round through all contestants, each round starting with another one, so that a machine that
//! gets slower or faster meanwhile does so for everybody. A sample is one batch of some hundred microseconds: long
//! against the reading of the clock, short against the time between two preemptions.
//!
//! An operation answers whether the program should stop, and the loop looks at the answer, as the loop of a user does.
//! That keeps the optimiser from dropping the operation and costs what it costs there; `black_box`, which stores its
//! value to memory, is used on what enters the loop and not on what leaves it. Nothing is subtracted: the row "empty
//! loop" says what the loop itself costs.

use std::hint::black_box;
use std::time::Duration;

use crate::linux::clock;

/// What a contestant is in the comparison.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Role {
    Ours,
    Rival,
    Floor,
}

/// When a batch began and ended, by the precise clock.
#[derive(Clone, Copy)]
pub(crate) struct Span {
    pub(crate) begin: u64,
    pub(crate) end: u64,
}

impl Span {
    pub(crate) fn length(self) -> u64 {
        self.end - self.begin
    }
}

type Batch = Box<dyn Fn(u64, &dyn Fn()) -> Span + Sync>;

/// One operation that can be measured, on any thread.
pub(crate) struct Contestant {
    pub(crate) name: &'static str,
    pub(crate) role: Role,
    batch: Batch,
}

impl Contestant {
    /// `set_up` runs before each batch, in the thread that measures, and gives the operation.
    pub(crate) fn new<SetUp, Operation>(name: &'static str, role: Role, set_up: SetUp) -> Self
    where
        SetUp: Fn() -> Operation + Sync + 'static,
        Operation: FnMut() -> bool,
    {
        // One instance of this closure for each operation: the call to the batch is dynamic, the operation is inlined.
        let batch = move |count, gate: &dyn Fn()| {
            let mut operation = black_box(set_up());
            repeat(count / 16, &mut operation);
            gate();
            let begin = clock::precise();
            repeat(count, &mut operation);
            Span { begin, end: clock::precise() }
        };
        Self { name, role, batch: Box::new(batch) }
    }

    /// Runs the operation `count` times; `gate` is called between the warming-up and the first measured one.
    pub(crate) fn run(&self, count: u64, gate: &dyn Fn()) -> Span {
        (self.batch)(count, gate)
    }

    /// How many operations take about as long as `batch`.
    pub(crate) fn count_for(&self, batch: Duration) -> u64 {
        let mut count = 64;
        loop {
            let taken = Duration::from_nanos(self.run(count, &|| ()).length());
            if taken * 4 >= batch {
                let scaled = u128::from(count) * batch.as_nanos() / taken.as_nanos().max(1);
                return u64::try_from(scaled).unwrap_or(u64::MAX).max(1);
            }
            count *= 2;
            assert!(count < 1 << 40, "{}: the operation was optimised away", self.name);
        }
    }
}

#[inline(always)]
fn repeat(count: u64, operation: &mut impl FnMut() -> bool) {
    for _ in 0..count {
        if operation() {
            interrupted();
        }
    }
}

#[cold]
fn interrupted() {
    panic!("a shutdown was requested while the operations were measured");
}

/// A contestant's samples, in nanoseconds for one operation; the sample of round `r` is at index `r` in every lane.
pub(crate) struct Lane {
    pub(crate) name: &'static str,
    pub(crate) role: Role,
    pub(crate) samples: Vec<f64>,
}

/// Measures all contestants, interleaved, one thread at a time.
pub(crate) fn race(contestants: &[Contestant], rounds: usize, batch: Duration) -> Vec<Lane> {
    let counts: Vec<u64> = contestants.iter().map(|contestant| contestant.count_for(batch)).collect();
    let mut lanes: Vec<Lane> = contestants
        .iter()
        .map(|&Contestant { name, role, .. }| Lane { name, role, samples: Vec::with_capacity(rounds) })
        .collect();
    for round in 0..rounds {
        for turn in 0..contestants.len() {
            let who = (round + turn) % contestants.len();
            let span = contestants[who].run(counts[who], &|| ());
            lanes[who].samples.push(span.length() as f64 / counts[who] as f64);
        }
    }
    lanes
}
