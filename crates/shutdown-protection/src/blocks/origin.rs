//! Where a block comes from: when it was started, in which process, and how long its name is.
//!
//! Three figures that only reports and forked children ask for, packed into one word, so that a slot is small: 38 bits
//! for the start in units of 4.2 ms (which last for 36 years from the system's start), 16 for the process, 10 for the length.

use crate::gate::EPOCH_SHIFT;
use crate::time::Time;

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Origin(pub(super) u64);

/// A name has at most this many bytes.
const LONGEST: usize = (1 << LEN_BITS) - 1;
const LEN_BITS: u32 = 10;
const EPOCH_BITS: u32 = u32::BITS - EPOCH_SHIFT;
/// Nanoseconds to units of the start.
const UNIT_SHIFT: u32 = 22;

impl Origin {
    /// `calm`: the gate's word when all is calm in the process. `name`: [`shortened`], or empty.
    #[inline]
    pub(super) fn new(started: Time, calm: u32, name: &str) -> Self {
        debug_assert!(name.len() <= LONGEST);
        let started = (started.0 >> UNIT_SHIFT) << (EPOCH_BITS + LEN_BITS);
        let epoch = u64::from(calm >> EPOCH_SHIFT) << LEN_BITS;
        Self(started | epoch | name.len() as u64)
    }

    /// Rounded down: a block is said to be a little older than it is, not younger.
    pub(super) fn started(self) -> Time {
        Time((self.0 >> (EPOCH_BITS + LEN_BITS)) << UNIT_SHIFT)
    }

    #[inline]
    pub(super) fn calm(self) -> u32 {
        ((self.0 >> LEN_BITS) as u32) << EPOCH_SHIFT
    }

    pub(super) fn name_len(self) -> usize {
        self.0 as usize & LONGEST
    }
}

/// The name, or what fits of it.
#[inline]
pub(super) fn shortened(name: &'static str) -> &'static str {
    if name.len() <= LONGEST { name } else { cut(name) }
}

#[cold]
fn cut(name: &'static str) -> &'static str {
    let end = (0..=LONGEST).rev().find(|&end| name.is_char_boundary(end));
    end.map_or("", |end| &name[..end])
}

#[cfg(test)]
mod tests {
    use std::sync::LazyLock;

    use super::*;

    #[test]
    fn each_figure_comes_back_whatever_the_others_are() {
        let longest = "n".repeat(LONGEST);
        for started in [0, 5_000_000, 86_400_000_000_000, (1 << 60) - 1] {
            for calm in [0, 1 << EPOCH_SHIFT, u32::MAX << EPOCH_SHIFT] {
                for name in ["", "import", &longest] {
                    let origin = Origin::new(Time(started), calm, name);
                    let lost = started - origin.started().0;
                    assert!(lost < 1 << UNIT_SHIFT, "{lost} ns of {started} are lost");
                    assert_eq!((origin.calm(), origin.name_len()), (calm, name.len()));
                }
            }
        }
    }

    #[test]
    fn a_long_name_is_cut_between_two_characters() {
        // Two bytes each, so that the limit lies inside of one.
        static LONG: LazyLock<String> = LazyLock::new(|| "ä".repeat(LONGEST));
        assert_eq!(shortened("import"), "import");
        assert_eq!(shortened(&LONG), &LONG[..LONGEST - 1]);
    }
}
