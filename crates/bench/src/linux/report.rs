//! Collects tables and verdicts, and renders them.

use std::fmt;

use crate::linux::child::Failure;
use crate::linux::table::Table;

/// What was aimed at and what came out.
struct Verdict {
    what: String,
    target: String,
    measured: String,
    found: Found,
}

#[derive(Clone, Copy, PartialEq)]
enum Found {
    Met,
    Missed,
    GivenUp,
}

/// The whole report: sections in the order of the run, then the targets.
pub(crate) struct Report {
    facts: String,
    sections: Vec<String>,
    verdicts: Vec<Verdict>,
}

impl Report {
    pub(crate) fn new(facts: String) -> Self {
        print!("{facts}");
        Self { facts, sections: Vec::new(), verdicts: Vec::new() }
    }

    /// Adds a table with what a reader has to know about it, and prints it at once: a run takes minutes.
    pub(crate) fn section(&mut self, title: &str, text: &str, table: &Table) {
        let section = format!("## {title}\n\n{text}\n\n{table}");
        println!("\n{section}");
        self.sections.push(section);
    }

    /// Judges one target: `measured` may be anything, `met` is what counts.
    pub(crate) fn judge(&mut self, what: &str, target: &str, measured: String, met: bool) {
        self.found(what, target, measured, if met { Found::Met } else { Found::Missed });
    }

    /// Shows a target that was given up, for a reason that the section says; a machine may meet it all the same.
    pub(crate) fn given_up(&mut self, what: &str, target: &str, measured: String, met: bool) {
        self.found(what, target, measured, if met { Found::Met } else { Found::GivenUp });
    }

    fn found(&mut self, what: &str, target: &str, measured: String, found: Found) {
        self.verdicts.push(Verdict { what: what.to_owned(), target: target.to_owned(), measured, found });
    }

    /// Says that a section could not be measured, and counts that as a miss.
    pub(crate) fn failed(&mut self, title: &str, error: &Failure) {
        let section = format!("## {title}\n\nNot measured: {error}.\n");
        println!("\n{section}");
        self.sections.push(section);
        self.judge(title, "measured at all", error.to_string(), false);
    }

    /// How many targets were missed.
    pub(crate) fn missed(&self) -> usize {
        self.verdicts.iter().filter(|verdict| verdict.found == Found::Missed).count()
    }

    pub(crate) fn verdicts(&self) -> Table {
        let mut table = Table::new(["target", "aim", "measured", "verdict"]);
        for Verdict { what, target, measured, found } in &self.verdicts {
            let verdict = match found {
                Found::Met => "met",
                Found::Missed => "MISSED",
                Found::GivenUp => "given up",
            };
            table.row([what.clone(), target.clone(), measured.clone(), verdict.to_owned()]);
        }
        table
    }
}

/// The report as a Markdown page.
impl fmt::Display for Report {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(f, "# Benchmarks\n")?;
        writeln!(f, "Written by `cargo xtask bench`, which measures all of it in one run on the machine at hand.\n")?;
        writeln!(f, "{}", self.facts)?;
        writeln!(f, "## Targets\n\n{}", self.verdicts())?;
        for section in &self.sections {
            writeln!(f, "{section}")?;
        }
        Ok(())
    }
}
