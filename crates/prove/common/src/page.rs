//! The report: tables that read the same in a terminal and as Markdown, and the faults.

use std::fmt::Write as _;
use std::path::Path;
use std::process::ExitCode;
use std::sync::Mutex;

use crate::{Result, machine};

/// Written while the part runs, so that a run that is broken off has shown what it found so far.
#[derive(Default)]
pub struct Page {
    text: String,
    faults: Faults,
}

/// What the contract does not allow. Told from any thread.
#[derive(Default)]
pub struct Faults(Mutex<Vec<String>>);

impl Faults {
    /// A fault: printed at once, and told again at the end.
    pub fn tell(&self, fault: impl Into<String>) {
        let fault = fault.into();
        println!("FAULT: {fault}");
        self.list().push(fault);
    }

    /// Tells it if it is one.
    pub fn check(&self, holds: bool, fault: impl FnOnce() -> String) {
        if !holds {
            self.tell(fault());
        }
    }

    /// How many there were so far.
    #[must_use]
    pub fn count(&self) -> usize {
        self.list().len()
    }

    fn list(&self) -> std::sync::MutexGuard<'_, Vec<String>> {
        self.0.lock().unwrap_or_else(std::sync::PoisonError::into_inner)
    }
}

impl Page {
    /// Where faults are told.
    #[must_use]
    pub fn faults(&self) -> &Faults {
        &self.faults
    }

    /// A paragraph, a heading.
    pub fn say(&mut self, text: &str) {
        println!("{text}\n");
        let _ = writeln!(self.text, "{text}\n");
    }

    /// A table: the header is the first row. The first column is text, the others stand to the right.
    pub fn table(&mut self, rows: &[Vec<String>]) {
        self.say(table(rows).trim_end());
    }

    /// The same of texts: all columns stand to the left.
    pub fn texts(&mut self, rows: &[Vec<String>]) {
        self.say(aligned(rows, usize::MAX).trim_end());
    }

    /// A table of times, with the load of the machine that they were measured on.
    pub fn timed(&mut self, rows: &[Vec<String>]) {
        self.table(rows);
        self.say(&format!("The machine's load behind these runs: {}.", machine::load()));
    }

    /// Ends the part: writes the page if it shall be kept, and fails if there were faults.
    ///
    /// # Errors
    ///
    /// If the page cannot be written.
    pub fn close(mut self, out: Option<&Path>) -> Result<ExitCode> {
        let faults = std::mem::take(&mut *self.faults.list());
        match faults.as_slice() {
            [] => self.say("No faults."),
            _ => {
                let list: String = faults.iter().map(|fault| format!("- {fault}\n")).collect();
                self.say(&format!("**{} faults:**\n\n{list}", faults.len()));
            }
        }
        if let Some(out) = out {
            std::fs::write(out, format!("{}\n", self.text.trim_end()))?;
        }
        Ok(if faults.is_empty() { ExitCode::SUCCESS } else { ExitCode::FAILURE })
    }
}

fn table(rows: &[Vec<String>]) -> String {
    aligned(rows, 1)
}

/// So many columns stand to the left, the others to the right.
fn aligned(rows: &[Vec<String>], left: usize) -> String {
    let columns = rows.first().map_or(0, Vec::len);
    let width = |column: usize| rows.iter().map(|row| row[column].chars().count()).max().unwrap_or_default().max(3);
    let mut text = String::new();
    for (index, row) in rows.iter().enumerate() {
        for (column, cell) in row.iter().enumerate() {
            let width = width(column);
            let _ = match column < left {
                true => write!(text, "| {cell:<width$} "),
                false => write!(text, "| {cell:>width$} "),
            };
        }
        text.push_str("|\n");
        if index == 0 {
            for column in 0..columns {
                let _ = write!(text, "| {}{}", "-".repeat(width(column)), if column < left { " " } else { ":" });
            }
            text.push_str("|\n");
        }
    }
    text
}

/// A row of texts.
pub fn row(cells: impl IntoIterator<Item = impl Into<String>>) -> Vec<String> {
    cells.into_iter().map(Into::into).collect()
}

/// A count with its thousands apart.
#[must_use]
pub fn thousands(count: u64) -> String {
    let digits = count.to_string();
    let groups: Vec<&str> = digits.as_bytes().rchunks(3).rev().filter_map(|group| str::from_utf8(group).ok()).collect();
    groups.join(",")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn columns_are_aligned_and_thousands_apart() {
        let rows = [row(["what", "runs"]), row(["a", "12"])];
        assert_eq!(table(&rows), "| what | runs |\n| ---- | ----:|\n| a    |   12 |\n");
        assert_eq!([1, 1_000, 1_234_567].map(thousands), ["1", "1,000", "1,234,567"]);
    }
}
