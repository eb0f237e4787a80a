//! Makes up the list of transfers that the demo ships.
//!
//! The list is made once and kept in the repository, so that the demo reads a real file. The
//! generator stays beside it, so that a reader can see what the data is and is not: invented
//! accounts, nobody's payments. The same seed always gives the same list; a test compares it with
//! the shipped file.

use fastrand::Rng;

use crate::transfer::Transfer;

/// How many transfers the shipped list holds.
pub const COUNT: u32 = 3_000;

/// The seed of the shipped list.
pub const SEED: u64 = 20_250_101;

/// Days of each month of the year that the transfers are spread over, which is not a leap year.
const DAYS: [u32; 12] = [31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31];

const PURPOSES: [&str; 12] = [
    "invoice",
    "rent",
    "salary",
    "electricity",
    "deposit, returned",
    "membership",
    "books",
    "train tickets",
    "repair, \"urgent\"",
    "insurance",
    "loan",
    "catering",
];

/// Invents `count` transfers of the year 2025, in the order of their days.
#[must_use]
pub fn generate(count: u32, seed: u64) -> Vec<Transfer> {
    let mut rng = Rng::with_seed(seed);
    // Few accounts for many transfers, as in a company's books.
    let accounts: Vec<String> = (0..120).map(|_| account(&mut rng)).collect();
    (1..=count)
        .map(|id| {
            let from = rng.usize(..accounts.len());
            // Any account but the one that pays.
            let to = (from + rng.usize(1..accounts.len())) % accounts.len();
            Transfer {
                id,
                date: date((id - 1) * 365 / count),
                from: accounts[from].clone(),
                to: accounts[to].clone(),
                amount_cents: amount(&mut rng),
                currency: currency(&mut rng).into(),
                reference: format!("{} {:05}", PURPOSES[rng.usize(..PURPOSES.len())], rng.u32(..100_000)),
            }
        })
        .collect()
}

/// A German account number with a bank that does not exist and correct check digits.
fn account(rng: &mut Rng) -> String {
    let number = format!("00000000{:010}", rng.u64(..10_000_000_000));
    // The check digits make the number with "DE00" behind it, as digits (D = 13, E = 14), 1 modulo
    // 97.
    let remainder = format!("{number}131400").bytes().fold(0, |rest, digit| (rest * 10 + u32::from(digit - b'0')) % 97);
    format!("DE{:02}{number}", 98 - remainder)
}

/// Mostly small sums and a few large ones: each power of ten is as likely as the next.
fn amount(rng: &mut Rng) -> i64 {
    let ceiling = [1_000, 10_000, 100_000, 1_000_000, 10_000_000][rng.usize(..5)];
    rng.i64(100..ceiling)
}

fn currency(rng: &mut Rng) -> &'static str {
    match rng.u32(..10) {
        0 => "USD",
        1 => "CHF",
        2 => "GBP",
        _ => "EUR",
    }
}

/// The date of the given day of the year 2025, counted from 0.
fn date(mut day: u32) -> String {
    for (days, month) in DAYS.into_iter().zip(1..) {
        if day < days {
            return format!("2025-{month:02}-{:02}", day + 1);
        }
        day -= days;
    }
    unreachable!("a year has 365 days")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::transfer::{read_transfers, shipped_list};

    #[test]
    fn the_shipped_list_is_what_the_generator_makes() {
        assert_eq!(read_transfers(&shipped_list()).unwrap(), generate(COUNT, SEED));
    }

    #[test]
    fn the_year_begins_and_ends_where_it_should() {
        assert_eq!(date(0), "2025-01-01");
        assert_eq!(date(58), "2025-02-28");
        assert_eq!(date(59), "2025-03-01");
        assert_eq!(date(364), "2025-12-31");
    }
}
