//! Tables 1 to 4: nanoseconds for one operation.

use super::mark;
use crate::linux::child::Failure;
use crate::linux::contestants::{
    self, ALLOW_BREAK, BLOCK, CHECK_FLOOR, IS_REQUESTED, LOAD_FLOOR, SOUND_FLOOR, TASK_TRACKER,
};
use crate::linux::effort::Effort;
use crate::linux::harness::{self, Lane};
use crate::linux::parallel;
use crate::linux::report::Report;
use crate::linux::stats::{median, minimum, paired_ratio};
use crate::linux::table::{Table, figure, times};

/// What the floor of a check cost on the machine for which the absolute targets were set, in nanoseconds.
const REFERENCE_FLOOR: f64 = 4.6;
/// What a block was to cost there.
const REFERENCE_BLOCK: f64 = 12.0;

pub(super) fn checks(effort: &Effort, report: &mut Report, title: &str) -> Result<(), Failure> {
    let lanes = harness::race(&contestants::checks(), effort.rounds, effort.batch);
    let text = format!(
        "One thread, {} rounds. **Bold** is this crate; *italics* are what the machine itself asks for the ingredients. \
         The floor is \"{CHECK_FLOOR}\", the least that a check which also moves a deadline can do; the ratio to it is \
         the median of the round-by-round ratios. Only `allow_break()` renews a deadline: the others look at a flag. A \
         deadline must never be early, and the coarse clock is behind by as much as the kernel is late with its tick: by \
         20.8 ms in four minutes with eight busy threads on two virtual processors. So `allow_break()` takes the counter, \
         and \"{SOUND_FLOOR}\" is the least that it can do. That it costs what the floor costs, the first aim, is given up \
         for that.",
        effort.rounds
    );
    report.section(title, &text, &table(&lanes));

    let [check, first_aim] = [SOUND_FLOOR, CHECK_FLOOR].map(|floor| ratio(&lanes, ALLOW_BREAK, floor));
    let shown = format!("{} ({})", times(check), cost(&lanes, ALLOW_BREAK));
    report.judge("allow_break()", &format!("at most 1.2x \"{SOUND_FLOOR}\""), shown, check <= 1.2);
    report.given_up(
        "the same",
        "at most 1.1x the floor, whose clock may be behind",
        times(first_aim),
        first_aim <= 1.1,
    );
    let met = median(&lane(&lanes, IS_REQUESTED).samples) <= 0.5;
    let shown = format!("{} (relaxed load: {})", cost(&lanes, IS_REQUESTED), cost(&lanes, LOAD_FLOOR));
    report.judge("is_requested()", "at most 0.5 ns", shown, met);
    Ok(())
}

pub(super) fn blocks(effort: &Effort, report: &mut Report, title: &str) -> Result<(), Failure> {
    let lanes = harness::race(&contestants::blocks(), effort.rounds, effort.batch);
    let text = format!(
        "One thread, {} rounds; the floor is that of table 1. Only this crate's rows set a deadline.",
        effort.rounds
    );
    report.section(title, &text, &table(&lanes));

    let allowed = REFERENCE_BLOCK / REFERENCE_FLOOR;
    let [block, first_aim] = [SOUND_FLOOR, CHECK_FLOOR].map(|floor| ratio(&lanes, BLOCK, floor));
    let shown = format!("{} ({})", times(block), cost(&lanes, BLOCK));
    let aim = format!("at most {} \"{SOUND_FLOOR}\"", times(allowed));
    report.judge("start and end of a block", &aim, shown, block <= allowed);
    let aim = format!("at most {} the floor, whose clock may be behind ({REFERENCE_BLOCK} ns)", times(allowed));
    report.given_up("the same", &aim, times(first_aim), first_aim <= allowed);
    let tracker = ratio(&lanes, BLOCK, TASK_TRACKER);
    let shown = format!("{} ({})", times(tracker), cost(&lanes, TASK_TRACKER));
    report.judge("the same", "at most TaskTracker's, which sets no deadline", shown, tracker <= 1.0);
    Ok(())
}

pub(super) fn shared(effort: &Effort, report: &mut Report, title: &str) -> Result<(), Failure> {
    let results = parallel::race(&contestants::shared(), effort.parallel_rounds, effort.parallel_batch);
    let mut table = Table::new(["operation", "one thread ns", "two threads ns", "ratio", "rounds that count"]);
    for scaling in &results {
        let [alone, together] = [scaling.alone, scaling.together].map(figure);
        let name = mark(scaling.role, scaling.name);
        table.row([name, alone, together, times(scaling.ratio()), scaling.valid.to_string()]);
    }
    let text = format!(
        "Nanoseconds for one operation of one thread, lower quartile of at least {} rounds. A round with two threads counts \
         if both were measured at the same time for nine tenths of it.",
        effort.parallel_rounds
    );
    report.section(title, &text, &table);

    for name in [ALLOW_BREAK, BLOCK] {
        let what = format!("{name}, two threads to one");
        let found = results.iter().find(|scaling| scaling.name == name);
        let shown = found.map_or("no round counted".to_owned(), |scaling| times(scaling.ratio()));
        let met = found.is_some_and(|scaling| scaling.ratio() <= 1.2);
        report.judge(&what, "at most 1.2x", shown, met);
    }
    Ok(())
}

/// Threads that share two processors, or more where there are more.
const THREADS: [usize; 6] = [1, 2, 4, 8, 16, 64];

pub(super) fn many(effort: &Effort, report: &mut Report, title: &str) -> Result<(), Failure> {
    let contestants = contestants::shared();
    let found = parallel::throughput(&contestants, &THREADS, effort.crowded_rounds, effort.crowded_batch);
    let mut table = Table::new(["operation", "1 thread", "2", "4", "8", "16", "64"]);
    for (contestant, figures) in contestants.iter().zip(&found) {
        let mut cells = vec![mark(contestant.role, contestant.name)];
        cells.extend(figures.iter().map(|&operations| figure(operations)));
        table.row(<[String; 7]>::try_from(cells).map_err(|_| "a figure for each number of threads")?);
    }
    let text = format!(
        "Operations a microsecond, of all threads together: upper quartile of {} rounds. Where there are more threads than \
         processors, the best that can be is what as many threads as processors reach.",
        effort.crowded_rounds
    );
    report.section(title, &text, &table);
    Ok(())
}

/// One row for each lane, with its ratio to the floor of a check.
fn table(lanes: &[Lane]) -> Table {
    let mut table = Table::new(["operation", "median ns", "best ns", "ratio to the floor"]);
    for Lane { name, role, samples } in lanes {
        let [middle, best] = [median(samples), minimum(samples)].map(figure);
        table.row([mark(*role, name), middle, best, times(ratio(lanes, name, CHECK_FLOOR))]);
    }
    table
}

fn lane<'a>(lanes: &'a [Lane], name: &str) -> &'a Lane {
    lanes.iter().find(|lane| lane.name == name).expect("the contestants name it")
}

fn ratio(lanes: &[Lane], name: &str, floor: &str) -> f64 {
    paired_ratio(&lane(lanes, name).samples, &lane(lanes, floor).samples)
}

fn cost(lanes: &[Lane], name: &str) -> String {
    format!("{} ns", figure(median(&lane(lanes, name).samples)))
}
