//! How late something was: a histogram, of which the tables show some points.

use hdrhistogram::Histogram;

/// Ten minutes, in nanoseconds: later than that is a hang.
const MOST: u64 = 600_000_000_000;

/// What was promised for a moment, and how late it came.
pub struct Lateness {
    histogram: Histogram<u64>,
    /// How often it was early, which must not be.
    early: u64,
}

impl Default for Lateness {
    fn default() -> Self {
        let histogram = Histogram::new_with_bounds(1, MOST, 3).expect("bounds that are in order");
        Self { histogram, early: 0 }
    }
}

impl Lateness {
    /// What was promised for one moment came at another. False: before it.
    pub fn record(&mut self, promised: u64, came: u64) -> bool {
        self.early += u64::from(came < promised);
        self.histogram.saturating_record(came.saturating_sub(promised));
        came >= promised
    }

    /// How often something was recorded.
    #[must_use]
    pub fn len(&self) -> u64 {
        self.histogram.len()
    }

    /// Whether nothing was recorded.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.histogram.is_empty()
    }

    /// The cells of a row: the number of runs, how many were early, and then p50, p90, p99 and the greatest, in milliseconds.
    #[must_use]
    pub fn cells(&self) -> [String; 6] {
        let [runs, early] = [self.len(), self.early].map(|count| count.to_string());
        let [p50, p90, p99] = [0.5, 0.9, 0.99].map(|quantile| ms(self.histogram.value_at_quantile(quantile)));
        [runs, early, p50, p90, p99, ms(self.histogram.max())]
    }
}

/// The header for [`Lateness::cells`].
pub const COLUMNS: [&str; 6] = ["runs", "early", "late by ms: p50", "p90", "p99", "max"];

/// Nanoseconds, written in milliseconds.
#[must_use]
pub fn ms(ns: u64) -> String {
    format!("{:.2}", ns as f64 / 1e6)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn early_is_told_and_late_is_measured() {
        let mut lateness = Lateness::default();
        assert!(lateness.record(1_000_000, 3_000_000));
        assert!(!lateness.record(1_000_000, 999_999));
        let [runs, early, .., most] = lateness.cells();
        assert_eq!((runs.as_str(), early.as_str(), most.as_str()), ("2", "1", "2.00"));
    }
}
