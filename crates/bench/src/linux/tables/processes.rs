//! Tables 5 to 9: what takes a signal, a deadline or some time, and so a process of its own.

use super::mark;
use crate::linux::child::Failure;
use crate::linux::effort::Effort;
use crate::linux::latency::{Latency, SELF_PIPE, SELF_PIPE_AND_THREAD, WAIT};
use crate::linux::reaped::{self, End};
use crate::linux::report::Report;
use crate::linux::stats::{maximum, median, minimum, quantile};
use crate::linux::table::{Table, figure, thousands};
use crate::linux::{crowd, idle, latency, overshoot};

/// How many blocks are open, and whether they are futures.
const CROWDS: [(usize, bool); 9] = [
    (1, false),
    (10, false),
    (100, false),
    (1_000, false),
    (10_000, false),
    (100_000, false),
    (1_000_000, false),
    (1_000, true),
    (100_000, true),
];

pub(super) fn latencies(effort: &Effort, report: &mut Report, title: &str) -> Result<(), Failure> {
    let results = latency::measure(effort.latency_rounds, effort.latency_samples)?;
    let mut table = Table::new(["reaction", "main p50 us", "main p99 us", "other p50 us", "other p99 us", "samples"]);
    for Latency { way, main, other } in &results {
        let [main_half, main_most] = [quantile(main, 0.5), quantile(main, 0.99)].map(figure);
        let [other_half, other_most] = [quantile(other, 0.5), quantile(other, 0.99)].map(figure);
        let samples = thousands(main.len() + other.len());
        let name = mark(way.role, way.name);
        table.row([name, main_half, main_most, other_half, other_most, samples]);
    }
    let text = "From just before `kill` in one thread to the first instruction after the wait in another: with the main \
                thread waiting, where the kernel also runs the handler, and with another thread waiting, which has to \
                be woken. Processes of their own, which take turns. The first two rows keep a processor busy while they \
                wait, the others are blocked. A library that sees to deadlines has a thread of its own, which the \
                handler wakes, too: the row below the self-pipe says what that alone costs. It is no part of the way to \
                another thread in `wait()`, which is woken first; the main thread goes on only when its handler has \
                done both. `wait()` could wake that thread in the handler's place, but not later than it returns, which \
                takes as long: in each shutdown that thread has something to do (the log record, the deadline of the \
                block that holds the end, the hard stage), and once `wait()` has returned nobody else would see to it. \
                No signal handler may call a future's waker, so `requested()` takes two wake-ups in a row, \
                by way of that thread.";
    report.section(title, text, &table);

    let column = |wanted: &str| results.iter().find(|found| found.way.name == wanted).ok_or("every way is measured");
    let (ours, alone, both) = (column(WAIT)?, column(SELF_PIPE)?, column(SELF_PIPE_AND_THREAD)?);
    for (place, pick) in [("main thread", main as fn(&Latency) -> &[f64]), ("another thread", other)] {
        let [ours, alone, both] = [ours, alone, both].map(|way| median(pick(way)));
        let what = format!("signal to wait(), {place}, p50");
        let shown = format!("{} us ({} us)", figure(ours), figure(both));
        report.judge(&what, "at most 1.2x a self-pipe's reader, another thread woken too", shown, ours <= 1.2 * both);
        let shown = format!("{} us ({} us)", figure(ours), figure(alone));
        report.given_up("the same", "no slower than a self-pipe's reader", shown, ours <= alone);
    }
    Ok(())
}

fn main(latency: &Latency) -> &[f64] {
    &latency.main
}

fn other(latency: &Latency) -> &[f64] {
    &latency.other
}

pub(super) fn ends(effort: &Effort, report: &mut Report, title: &str) -> Result<(), Failure> {
    let results = reaped::measure(effort.ends)?;
    let mut table = Table::new(["program", "p50 ms", "p99 ms"]);
    for End { way, taken } in &results {
        let [half, most] = [quantile(taken, 0.5), quantile(taken, 0.99)].map(figure);
        table.row([mark(way.role, way.name), half, most]);
    }
    let text = format!(
        "From `kill` to the return of `waitpid`, {} times each, in turn: a program that waits, is told by `SIGTERM`, and \
         ends as its library's documentation shows it. The first row is what the kernel takes to end a process.",
        effort.ends
    );
    report.section(title, &text, &table);
    Ok(())
}

pub(super) fn deadlines(effort: &Effort, report: &mut Report, title: &str) -> Result<(), Failure> {
    let results = overshoot::measure(effort.overshoot_samples)?;
    let mut table = Table::new(["deadline", "p50 ms", "p99 ms", "worst ms", "earliest ms"]);
    for (row, samples) in &results {
        let half_most = [quantile(samples, 0.5), quantile(samples, 0.99)].map(figure);
        let [half, most] = half_most;
        let [worst, earliest] = [maximum(samples), minimum(samples)].map(figure);
        table.row([mark(row.role, row.name), half, most, worst, earliest]);
    }
    let text = format!(
        "Milliseconds after the deadline, {} blocks of 5 to 20 ms each, in turn. `thread::sleep` shows what the \
         kernel's timers and the load of the machine cost anybody. The guard of the last row began while nothing was \
         pending; the clock that is read cheaply then is ahead by a millisecond at the most, so its deadline may be later, \
         never earlier.",
        effort.overshoot_samples
    );
    report.section(title, &text, &table);

    let column = |row| overshoot::samples(&results, row);
    let (ours, sleep) = (column(overshoot::FUTURE), column(overshoot::SLEEP));
    for (part, q, limit) in [("p50", 0.5, 0.2), ("p99", 0.99, 1.0)] {
        let (late, floor) = (quantile(ours, q), quantile(sleep, q));
        let what = format!("deadline overshoot, {part}");
        let shown = format!("{} ms (thread::sleep: {} ms)", figure(late), figure(floor));
        report.judge(&what, &format!("at most {limit} ms"), shown, late <= limit);
    }
    let earliest = minimum(ours).min(minimum(column(overshoot::GUARD)));
    let shown = format!("{} ms after it", figure(earliest));
    report.judge("no deadline strikes early", "at least 0 ms", shown, earliest >= 0.0);
    Ok(())
}

pub(super) fn crowds(effort: &Effort, report: &mut Report, title: &str) -> Result<(), Failure> {
    let mut table = Table::new([
        "open blocks",
        "is_requested() p50 us",
        "p99 us",
        "wait() p50 us",
        "p99 us",
        "bytes each",
        "of which its own",
        "start ns",
        "end ns",
    ]);
    for (blocks, futures) in CROWDS {
        let crowd = crowd::measure(blocks, futures, effort.signals)?;
        // Below that, single pages are most of it.
        let if_many = |value| {
            if blocks >= 100_000 { figure(value) } else { "-".to_owned() }
        };
        let kind = if futures { "futures" } else { "guards" };
        table.row([
            format!("{kind}: {}", thousands(blocks)),
            figure(median(&crowd.flag)),
            figure(quantile(&crowd.flag, 0.99)),
            figure(median(&crowd.wait)),
            figure(quantile(&crowd.wait, 0.99)),
            if_many(crowd.bytes),
            crowd.own_bytes.to_string(),
            figure(crowd.start),
            figure(crowd.end),
        ]);
        if (blocks, futures) == (100_000, false) {
            for (name, samples) in [("is_requested()", &crowd.flag), ("wait()", &crowd.wait)] {
                let half = median(samples);
                let what = format!("signal to {name}, 100,000 blocks, p50");
                report.judge(&what, "at most 100 us", format!("{} us", figure(half)), half <= 100.0);
            }
            let shown = format!("{} bytes", figure(crowd.bytes));
            report.judge("memory of an open block", "at most 64 bytes", shown, crowd.bytes <= 64.0);
        }
    }
    let text = format!(
        "{} signals each, from `raise` to the answer; `wait()` is in another thread. Guards belong to one thread; each \
         future is an owner of its own, polled once and boxed. Memory is the growth of the resident set for each block, \
         with the guard or boxed future itself. Starting and ending: all of them, in turn; crowds below 200,000 again and \
         again, so that their memory is there from the second time on; in a \
         process that is older than 50 ms, before which a start costs some 60 ns more. The figures of a single \
         block have a reading of the clock in them.",
        effort.signals
    );
    report.section(title, &text, &table);
    Ok(())
}

pub(super) fn idleness(effort: &Effort, report: &mut Report, title: &str) -> Result<(), Failure> {
    let idle = idle::measure(effort.idle)?;
    let mut table = Table::new(["thread", "context switches"]);
    for (name, switches) in &idle.threads {
        table.row([name.clone(), switches.to_string()]);
    }
    let calls = match &idle.calls {
        Ok(calls) => format!("`strace` saw {calls} system calls of them in another such time."),
        Err(error) => format!("Their system calls were not counted: {error}."),
    };
    let text = format!(
        "A block is open and the main thread sleeps for {} s: what the other threads do meanwhile. {calls}",
        effort.idle.as_secs()
    );
    report.section(title, &text, &table);

    let switches: u64 = idle.threads.iter().map(|(_, switches)| switches).sum();
    report.judge("wake-ups while idle", "0", switches.to_string(), switches == 0);
    if let Ok(calls) = idle.calls {
        report.judge("system calls while idle", "0", calls.to_string(), calls == 0);
    }
    Ok(())
}
