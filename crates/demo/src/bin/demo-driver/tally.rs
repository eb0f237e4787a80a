//! What a campaign counted, and the table that is printed at the end.

use std::fmt::{Display, Write};
use std::time::Duration;

use nix::sys::signal::Signal;
use transfers_demo::audit::Audit;

use crate::child::{Ending, SIGNALS};

/// The counts of one campaign.
#[derive(Default)]
pub(crate) struct Tally {
    pub(crate) duration: Duration,
    /// The transfers that runs of the importer completed, over all imports.
    pub(crate) imported: usize,
    /// The imports that came to their end.
    pub(crate) imports: usize,
    /// What must not happen under protection, one line each.
    pub(crate) failures: Vec<String>,
    sent: [usize; SIGNALS.len()],
    torn: usize,
    by_signal: [usize; SIGNALS.len()],
    success: usize,
    other: usize,
    stuck: usize,
    /// From each signal that ended a run to that end.
    latencies: Vec<Duration>,
}

impl Tally {
    /// Counts one run.
    pub(crate) fn count(&mut self, signal: Signal, ending: Ending, all_done: bool) {
        let kind = SIGNALS.iter().position(|&known| known == signal).expect("the driver sent it");
        self.sent[kind] += 1;
        match ending {
            Ending::BySignal { after } => {
                self.by_signal[kind] += 1;
                self.latencies.push(after);
            }
            Ending::Success if all_done => self.success += 1,
            Ending::Success => {
                self.other += 1;
                self.failures.push(format!("{signal}: exit status 0, but the import is not complete"));
            }
            Ending::Other { status, stderr } => {
                self.other += 1;
                self.failures.push(format!("{signal}: {status}, and it said: {stderr}"));
            }
            Ending::Stuck { stderr } => {
                self.stuck += 1;
                self.failures.push(format!("{signal}: killed by the watchdog, and it said: {stderr}"));
            }
        }
    }

    /// Counts the torn pairs that a run left.
    pub(crate) fn tear(&mut self, signal: Signal, audit: &Audit) {
        self.torn += audit.torn();
        self.failures.push(format!("{signal} left {audit}"));
    }

    /// A campaign in which a signal ended no run has shown nothing about that signal.
    pub(crate) fn check_that_each_signal_ended_a_run(&mut self) {
        for (signal, count) in SIGNALS.iter().zip(self.by_signal) {
            if count == 0 {
                self.failures.push(format!("{signal} ended no run"));
            }
        }
    }

    fn runs(&self) -> usize {
        self.sent.iter().sum()
    }

    /// The latency that the given share of the runs did not exceed.
    fn latency(&self, share: f64) -> String {
        let mut sorted = self.latencies.clone();
        sorted.sort();
        let last = sorted.len().saturating_sub(1);
        match sorted.get((last as f64 * share) as usize) {
            Some(latency) => format!("{:.1} ms", latency.as_secs_f64() * 1_000.0),
            None => "-".into(),
        }
    }
}

/// The two campaigns side by side.
pub(crate) fn table(unprotected: &Tally, protected: &Tally) -> String {
    let mut table = String::new();
    row(&mut table, "", "unprotected", "protected");
    let mut line = |name: &str, value: &dyn Fn(&Tally) -> String| {
        row(&mut table, name, value(unprotected), value(protected));
    };
    line("runs of the importer", &|tally| tally.runs().to_string());
    for (kind, signal) in SIGNALS.iter().enumerate() {
        line(&format!("{signal} sent"), &|tally| tally.sent[kind].to_string());
    }
    line("transfers imported", &|tally| tally.imported.to_string());
    line("imports completed", &|tally| tally.imports.to_string());
    line("TORN PAIRS", &|tally| tally.torn.to_string());
    line("ended by the signal sent", &|tally| tally.by_signal.iter().sum::<usize>().to_string());
    line("ended with 0, import complete", &|tally| tally.success.to_string());
    line("ended in any other way", &|tally| tally.other.to_string());
    line("killed by the watchdog", &|tally| tally.stuck.to_string());
    line("signal to end, median", &|tally| tally.latency(0.5));
    line("signal to end, longest", &|tally| tally.latency(1.0));
    line("time taken", &|tally| format!("{:.1} s", tally.duration.as_secs_f64()));
    table
}

fn row(table: &mut String, name: &str, left: impl Display, right: impl Display) {
    writeln!(table, "{name:<31}{left:>12}{right:>12}").expect("a string takes any text");
}
