//! One thread against two, and against many.
//!
//! Blocks of different threads are independent, so two threads should each pay what one thread pays alone. Whatever
//! they share, a lock or only a cache line that both write, shows as a ratio above one.
//!
//! The rounds with one and with two threads alternate. A round with two threads counts only if both were measured at
//! the same time for nine tenths of it: on a busy machine the second thread may not have had a processor. Of the rounds
//! that count, the lower quartile is compared, for the same reason.

use std::hint;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::thread;
use std::time::Duration;

use crate::linux::harness::{Contestant, Role, Span};
use crate::linux::stats::quantile;

/// A contestant's cost for one operation with one and with two threads, in nanoseconds.
pub(crate) struct Scaling {
    pub(crate) name: &'static str,
    pub(crate) role: Role,
    pub(crate) alone: f64,
    pub(crate) together: f64,
    /// How many of the rounds with two threads counted.
    pub(crate) valid: usize,
}

impl Scaling {
    pub(crate) fn ratio(&self) -> f64 {
        self.together / self.alone
    }
}

/// Further rounds follow until this many have counted for everybody...
const ENOUGH: usize = 20;
/// ...or until there were this many times as many: a machine may have no second processor to give.
const EXTRA: usize = 5;

/// Measures all contestants, interleaved, for at least `rounds` rounds. One for which no round counted is left out.
pub(crate) fn race(contestants: &[Contestant], rounds: usize, batch: Duration) -> Vec<Scaling> {
    let counts: Vec<u64> = contestants.iter().map(|contestant| contestant.count_for(batch)).collect();
    let mut alone = vec![Vec::new(); contestants.len()];
    let mut together = vec![Vec::new(); contestants.len()];
    for round in 0..EXTRA * rounds {
        if round >= rounds && together.iter().all(|samples| samples.len() >= ENOUGH) {
            break;
        }
        for turn in 0..contestants.len() {
            let who = (round + turn) % contestants.len();
            let cost = |span: &Span| span.length() as f64 / counts[who] as f64;
            alone[who].extend(at_once(&contestants[who], counts[who], 1).iter().map(cost));
            let pair = at_once(&contestants[who], counts[who], 2);
            if overlap(&pair) >= 0.9 {
                together[who].push(pair.iter().map(cost).sum::<f64>() / 2.0);
            }
        }
    }
    contestants
        .iter()
        .zip(alone.iter().zip(&together))
        .filter(|(_, (_, together))| !together.is_empty())
        .map(|(contestant, (alone, together))| Scaling {
            name: contestant.name,
            role: contestant.role,
            alone: quantile(alone, 0.25),
            together: quantile(together, 0.25),
            valid: together.len(),
        })
        .collect()
}

/// How many operations a microsecond all threads together got done: for each contestant one figure for each number of
/// threads, the upper quartile of `rounds` rounds. More threads than processors share them, so what two reached is then
/// the most that more can reach.
pub(crate) fn throughput(
    contestants: &[Contestant],
    threads: &[usize],
    rounds: usize,
    batch: Duration,
) -> Vec<Vec<f64>> {
    let counts: Vec<u64> = contestants.iter().map(|contestant| contestant.count_for(batch)).collect();
    let mut found = vec![vec![Vec::new(); threads.len()]; contestants.len()];
    for round in 0..rounds {
        for turn in 0..contestants.len() {
            let who = (round + turn) % contestants.len();
            for (samples, &threads) in found[who].iter_mut().zip(threads) {
                let spans = at_once(&contestants[who], counts[who], threads);
                samples.push((threads as u64 * counts[who]) as f64 * 1e3 / any(&spans) as f64);
            }
        }
    }
    found.iter().map(|sizes| sizes.iter().map(|samples| quantile(samples, 0.75)).collect()).collect()
}

/// Runs the same batch in `threads` threads that start together.
fn at_once(contestant: &Contestant, count: u64, threads: usize) -> Vec<Span> {
    let ready = AtomicUsize::new(0);
    let gate = || {
        ready.fetch_add(1, Ordering::SeqCst);
        // Spinning lets the threads start within nanoseconds; a thread that has no processor is waited for without one.
        let mut looks = 0;
        while ready.load(Ordering::SeqCst) < threads {
            looks += 1;
            if looks < 100_000 { hint::spin_loop() } else { thread::yield_now() }
        }
    };
    thread::scope(|scope| {
        let workers: Vec<_> = (0..threads).map(|_| scope.spawn(|| contestant.run(count, &gate))).collect();
        workers.into_iter().map(|worker| worker.join().expect("the batch does not panic")).collect()
    })
}

/// The time in which all ran, as a fraction of the time in which any did.
fn overlap(spans: &[Span]) -> f64 {
    let begin = spans.iter().map(|span| span.begin).max().unwrap_or_default();
    let end = spans.iter().map(|span| span.end).min().unwrap_or_default();
    end.saturating_sub(begin) as f64 / any(spans) as f64
}

/// The time in which any ran.
fn any(spans: &[Span]) -> u64 {
    let begin = spans.iter().map(|span| span.begin).min().unwrap_or_default();
    let end = spans.iter().map(|span| span.end).max().unwrap_or_default();
    end.saturating_sub(begin).max(1)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn overlap_is_the_common_part_of_the_whole() {
        let span = |begin, end| Span { begin, end };
        assert_eq!(overlap(&[span(0, 100), span(0, 100)]), 1.0);
        assert_eq!(overlap(&[span(0, 100), span(50, 200)]), 0.25);
        assert_eq!(overlap(&[span(0, 100), span(150, 200)]), 0.0);
    }
}
