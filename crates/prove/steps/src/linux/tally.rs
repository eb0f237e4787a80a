//! What is counted, and the tables of it.

use std::collections::BTreeMap;

use comfy_table::{CellAlignment, Table, presets};
use nix::sys::signal::Signal;

use super::judge::Verdict;
use super::way::Way;

#[derive(Debug, Default, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Counts {
    pub(crate) cases: usize,
    pub(crate) torn: usize,
    pub(crate) lost: usize,
    pub(crate) wrong_status: usize,
    pub(crate) hung: usize,
    pub(crate) not_sent: usize,
}

impl Counts {
    pub(crate) fn count(&mut self, torn: bool, verdict: Verdict) {
        self.cases += 1;
        self.torn += usize::from(torn);
        match verdict {
            Verdict::Right => {}
            Verdict::Lost => self.lost += 1,
            Verdict::WrongStatus => self.wrong_status += 1,
            Verdict::Hung => self.hung += 1,
            Verdict::NotSent => self.not_sent += 1,
        }
    }

    pub(crate) fn and(self, other: Self) -> Self {
        Self {
            cases: self.cases + other.cases,
            torn: self.torn + other.torn,
            lost: self.lost + other.lost,
            wrong_status: self.wrong_status + other.wrong_status,
            hung: self.hung + other.hung,
            not_sent: self.not_sent + other.not_sent,
        }
    }

    pub(crate) fn faults(self) -> usize {
        self.torn + self.lost + self.wrong_status + self.hung
    }

    fn cells(self) -> [String; 6] {
        [self.cases, self.torn, self.lost, self.wrong_status, self.hung, self.not_sent].map(grouped)
    }
}

/// The counts of one program.
#[derive(Debug, Default, Clone)]
pub(crate) struct Tally(BTreeMap<(&'static str, &'static str), Counts>);

impl Tally {
    pub(crate) fn count(&mut self, way: Way, signal: Signal, torn: bool, verdict: Verdict) {
        self.0.entry((way.name(), signal.as_str())).or_default().count(torn, verdict);
    }

    pub(crate) fn total(&self) -> Counts {
        self.0.values().fold(Counts::default(), |sum, &counts| sum.and(counts))
    }

    fn by(&self, key: impl Fn(&(&'static str, &'static str)) -> &'static str) -> BTreeMap<&'static str, Counts> {
        let mut sums = BTreeMap::<_, Counts>::new();
        for (place, &counts) in &self.0 {
            let sum = sums.entry(key(place)).or_default();
            *sum = sum.and(counts);
        }
        sums
    }

    pub(crate) fn by_way(&self) -> BTreeMap<&'static str, Counts> {
        self.by(|(way, _)| way)
    }

    pub(crate) fn by_signal(&self) -> BTreeMap<&'static str, Counts> {
        self.by(|(_, signal)| signal)
    }
}

/// A table that reads the same in a terminal and as Markdown: two columns of text, then the counts.
pub(crate) fn table(first: &str, second: &str, rows: impl IntoIterator<Item = (String, String, Counts)>) -> String {
    let mut table = Table::new();
    table.load_preset(presets::ASCII_MARKDOWN);
    table.set_header([first, second, "cases", "torn", "lost", "wrong status", "hung", "not sent"]);
    for (first, second, counts) in rows {
        table.add_row([first, second].into_iter().chain(counts.cells()));
    }
    for column in table.column_iter_mut().skip(2) {
        column.set_cell_alignment(CellAlignment::Right);
    }
    table.to_string()
}

/// A number that can be read.
pub(crate) fn grouped(number: usize) -> String {
    let digits = number.to_string();
    let groups: Vec<_> = digits.as_bytes().rchunks(3).rev().map(|group| String::from_utf8_lossy(group)).collect();
    groups.join(",")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_are_grouped_from_their_end() {
        assert_eq!([0, 999, 1_000, 1_234_567].map(grouped), ["0", "999", "1,000", "1,234,567"]);
    }

    #[test]
    fn each_fault_is_counted_where_it_belongs() {
        let mut tally = Tally::default();
        tally.count(Way::Thread, Signal::SIGINT, true, Verdict::Right);
        tally.count(Way::Held, Signal::SIGINT, false, Verdict::Lost);
        tally.count(Way::Held, Signal::SIGTERM, false, Verdict::NotSent);
        let total = Counts { cases: 3, torn: 1, lost: 1, not_sent: 1, ..Counts::default() };
        assert_eq!(tally.total(), total);
        assert_eq!(tally.by_signal()["SIGINT"].faults(), 2);
        assert_eq!(tally.by_way()["thread held"], Counts { cases: 2, lost: 1, not_sent: 1, ..Counts::default() });
    }
}
