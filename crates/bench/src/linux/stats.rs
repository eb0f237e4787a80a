//! What is said about many samples.
//!
//! No mean: on a machine that others use too, one preempted batch would move it. Medians and quantiles do not care.

/// The value below which the fraction `q` of the samples lies (nearest rank).
///
/// # Panics
///
/// Without samples: a table without a measurement behind it must not be printed.
pub(crate) fn quantile(samples: &[f64], q: f64) -> f64 {
    let mut sorted = samples.to_vec();
    sorted.sort_by(f64::total_cmp);
    assert!(!sorted.is_empty(), "nothing was measured");
    #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "a rank is small and not negative")]
    let rank = (q * sorted.len() as f64).ceil() as usize;
    sorted[rank.clamp(1, sorted.len()) - 1]
}

pub(crate) fn median(samples: &[f64]) -> f64 {
    quantile(samples, 0.5)
}

pub(crate) fn minimum(samples: &[f64]) -> f64 {
    quantile(samples, 0.0)
}

pub(crate) fn maximum(samples: &[f64]) -> f64 {
    quantile(samples, 1.0)
}

/// The median of the round-by-round ratios.
///
/// Two samples of one round are milliseconds apart, so a machine that gets slower for a while slows both, and their
/// ratio stays. The ratio of two medians has no such protection.
pub(crate) fn paired_ratio(samples: &[f64], floor: &[f64]) -> f64 {
    let ratios: Vec<f64> = samples.iter().zip(floor).map(|(sample, floor)| sample / floor).collect();
    median(&ratios)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn quantiles_are_samples_by_nearest_rank() {
        let samples = [4.0, 1.0, 3.0, 2.0];
        assert_eq!([0.0, 0.25, 0.5, 0.99].map(|q| quantile(&samples, q)), [1.0, 1.0, 2.0, 4.0]);
    }

    #[test]
    fn a_drift_that_both_share_leaves_the_ratio() {
        assert_eq!(paired_ratio(&[2.0, 20.0, 200.0], &[1.0, 10.0, 100.0]), 2.0);
    }
}
