//! One program: explored once, then shot at until each of its cases has had its turn, or the time is up.
//!
//! A case is an instruction, a signal and a way to send it. Each instruction has each signal once and each way once; which go
//! together changes from one to the next; or it has all pairs. The order of the cases leaps about, so that what has been done
//! when the time is up is spread evenly over all of them.

use std::error::Error;
use std::sync::Mutex;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::thread;
use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};

use nix::errno::Errno;

use super::judge::{Verdict, judge};
use super::map::Map;
use super::programs::{Expected, Program};
use super::route::Route;
use super::server::Ledger;
use super::shot::{EVENTS, Ending, Shot};
use super::tally::Tally;
use super::tracer::{Tracer, Trouble};

/// What a program has shown.
pub(crate) struct Found {
    pub(crate) program: Program,
    pub(crate) instructions: usize,
    /// All that there would be.
    pub(crate) all_cases: usize,
    pub(crate) tally: Tally,
    /// One line each.
    pub(crate) faults: Vec<String>,
    pub(crate) took: Duration,
}

/// What may stop it.
#[derive(Debug, Clone, Copy, Default)]
pub(crate) struct Limits {
    pub(crate) time: Option<Duration>,
    /// Only this instruction.
    pub(crate) at: Option<usize>,
    /// Each signal in each way.
    pub(crate) all_pairs: bool,
}

/// A way through a Python program may be long; this is stepped in some seconds.
const LONGEST_ROUTE: usize = 3_000_000;
/// Most of a case is waiting for others to be scheduled.
const WORKERS_EACH_PROCESSOR: usize = 2;

/// So many faults of a program are told one by one.
const TOLD: usize = 10;

type Outcome<T> = Result<T, Box<dyn Error + Send + Sync>>;

/// `None`: the system does not allow to trace, or has no breakpoints.
pub(crate) fn run(program: &Program, limits: Limits) -> Outcome<Option<Found>> {
    let begin = Instant::now();
    let explored = thread::scope(|scope| scope.spawn(|| explore(program)).join().expect("the thread does not panic"));
    let Some((route, map)) = explored? else { return Ok(None) };
    let cases = Cases::of(program, &route, limits);
    let found = Mutex::new((Tally::default(), Vec::new()));
    let workers = thread::available_parallelism()?.get() * WORKERS_EACH_PROCESSOR;
    thread::scope(|scope| {
        let work = || work(program, &route, &map, &cases, &found);
        let workers: Vec<_> = (0..workers).map(|_| scope.spawn(work)).collect();
        workers.into_iter().try_for_each(|worker| worker.join().expect("the thread does not panic"))
    })?;
    let (tally, faults) = found.into_inner().expect("no thread has panicked");
    Ok(Some(Found {
        program: program.clone(),
        instructions: route.len(),
        all_cases: cases.all,
        tally,
        faults,
        took: begin.elapsed(),
    }))
}

fn explore(program: &Program) -> Outcome<Option<(Route, Map)>> {
    let ledger = Ledger::new()?;
    let mut tracer = match Tracer::seize(ledger.start(&program.victim)?) {
        Err(Errno::EPERM) => return Ok(None),
        tracer => tracer?,
    };
    let (route, status) = match tracer.explore(LONGEST_ROUTE) {
        Ok(explored) => explored,
        Err(Trouble::NoBreakpoints) => return Ok(None),
        Err(Trouble::Hung) => return Err(format!("{} hangs where it is only stepped", program.name).into()),
        Err(Trouble::System(errno)) => return Err(format!("{} cannot be stepped: {errno}", program.name).into()),
    };
    let [first, second] = ledger.read()?;
    if first.is_empty() || first != second {
        return Err(format!("{} writes {first:?} and {second:?} without a signal: {status:?}", program.name).into());
    }
    Ok(Some((route, Map::of(tracer.server())?)))
}

fn work(
    program: &Program,
    route: &Route,
    map: &Map,
    cases: &Cases,
    found: &Mutex<(Tally, Vec<String>)>,
) -> Outcome<()> {
    let ledger = Ledger::new()?;
    let mut tracer = Tracer::seize(ledger.start(&program.victim)?)?;
    while let Some(shot) = cases.next() {
        ledger.clear()?;
        let ending = tracer.shoot(shot, route)?;
        let [first, second] = ledger.read()?;
        let verdict = judge(program, shot, route, &ending);
        let torn = first != second;
        let mut found = found.lock().expect("no thread has panicked");
        found.0.count(shot.way, shot.signal, torn, verdict);
        if torn || !matches!(verdict, Verdict::Right | Verdict::NotSent) {
            let fault = fault(program, shot, &map.place(route.address(shot.instruction)), &ending, &[first, second]);
            if program.expected == Expected::Whole && found.1.len() < TOLD {
                // At once: the run may take long.
                println!("FAILED: {fault}");
            }
            found.1.push(fault);
        }
    }
    Ok(())
}

fn fault(program: &Program, shot: Shot, place: &str, ending: &Ending, rows: &[Vec<u8>; 2]) -> String {
    let Shot { instruction, signal, way } = shot;
    let [first, second] = rows;
    let rows = if first == second { "whole".into() } else { format!("torn, {first:?} and {second:?}") };
    format!("{}, {signal}, {}, at {instruction} ({place}): {rows}; {ending:?}", program.name, way.name())
}

/// The cases, as several threads take them.
struct Cases<'a> {
    program: &'a Program,
    first_instruction: usize,
    /// How often an instruction has each signal.
    rounds: usize,
    all: usize,
    leap: usize,
    start: usize,
    taken: AtomicUsize,
    until: Option<Instant>,
}

impl<'a> Cases<'a> {
    fn of(program: &'a Program, route: &Route, limits: Limits) -> Self {
        let (first_instruction, instructions) = match limits.at {
            Some(at) => (at.min(route.len() - 1), 1),
            None => (0, route.len()),
        };
        let rounds = if limits.all_pairs { program.ways.len() } else { 1 };
        let all = instructions * rounds * EVENTS.len();
        // Another sample each time. What it finds is told with its instruction.
        let start = SystemTime::now().duration_since(UNIX_EPOCH).map_or(0, |now| now.subsec_nanos() as usize) % all;
        let until = limits.time.map(|time| Instant::now() + time);
        Self { program, first_instruction, rounds, all, leap: leap(all), start, taken: AtomicUsize::new(0), until }
    }

    fn next(&self) -> Option<Shot> {
        if self.until.is_some_and(|until| Instant::now() > until) {
            return None;
        }
        let taken = self.taken.fetch_add(1, Ordering::Relaxed);
        (taken < self.all).then(|| self.shot((self.start + taken * self.leap) % self.all))
    }

    fn shot(&self, number: usize) -> Shot {
        let (rest, signal) = (number / EVENTS.len(), number % EVENTS.len());
        let (instruction, round) = (rest / self.rounds, rest % self.rounds);
        let ways = self.program.ways;
        let way = ways[(instruction + round + signal) % ways.len()];
        Shot { instruction: self.first_instruction + instruction, signal: EVENTS[signal], way }
    }
}

/// How far from a case to the next, so that all have their turn and the first ones are spread: near the golden section, and
/// without a common divisor.
fn leap(all: usize) -> usize {
    let divisor = |mut a: usize, mut b: usize| {
        while b > 0 {
            (a, b) = (b, a % b);
        }
        a
    };
    let golden = (all as f64 * 0.618_034) as usize;
    (golden.max(1)..).find(|&leap| divisor(leap, all) == 1).unwrap_or(1)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn leaps_come_by_each_case_once() {
        for all in [1, 2, 16, 17, 1_000, 9_392] {
            let mut seen: Vec<_> = (0..all).map(|taken| 5 + taken * leap(all)).map(|number| number % all).collect();
            seen.sort_unstable();
            assert!(seen.into_iter().eq(0..all));
        }
    }

    #[test]
    fn a_few_leaps_leave_no_wide_gap() {
        let (all, taken) = (100_000, 100);
        let mut seen: Vec<_> = (0..taken).map(|taken| taken * leap(all) % all).collect();
        seen.sort_unstable();
        let widest = seen.windows(2).map(|pair| pair[1] - pair[0]).max();
        assert!(widest.is_some_and(|widest| widest < 4 * all / taken), "{widest:?}");
    }
}
