//! A transfer, and the CSV file that holds a list of them.

use std::path::{Path, PathBuf};

use serde::{Deserialize, Serialize};

/// One row of the CSV file. The fields stand in the order of its columns.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Transfer {
    /// The number of the transfer: its key in the ledger, and the name of its receipt.
    pub id: u32,
    /// The booking day, as `YYYY-MM-DD`.
    pub date: String,
    /// The account that pays.
    pub from: String,
    /// The account that receives.
    pub to: String,
    /// The amount in hundredths of the currency: money is no floating-point number.
    pub amount_cents: i64,
    /// The currency's three letters.
    pub currency: String,
    /// What the payer wrote on it. May hold commas and quotes.
    pub reference: String,
}

/// The list of transfers that comes with the demo.
#[must_use]
pub fn shipped_list() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("data/transfers.csv")
}

/// Reads a list of transfers.
///
/// # Errors
///
/// If the file cannot be read, or a row is not a transfer. The error names the row.
pub fn read_transfers(path: &Path) -> csv::Result<Vec<Transfer>> {
    csv::Reader::from_path(path)?.deserialize().collect()
}

/// Writes a list of transfers, with a header.
///
/// # Errors
///
/// If the file cannot be written.
pub fn write_transfers(path: &Path, transfers: &[Transfer]) -> csv::Result<()> {
    let mut writer = csv::Writer::from_path(path)?;
    for transfer in transfers {
        writer.serialize(transfer)?;
    }
    writer.flush()?;
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_list_that_is_written_reads_back_the_same() {
        let transfer = Transfer {
            id: 7,
            date: "2025-02-28".into(),
            from: "DE02".into(),
            to: "FR76".into(),
            amount_cents: 123_456,
            currency: "EUR".into(),
            reference: "rent, \"March\"; flat 4".into(),
        };
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("list.csv");

        write_transfers(&path, std::slice::from_ref(&transfer)).unwrap();

        assert_eq!(read_transfers(&path).unwrap(), [transfer]);
    }

    #[test]
    fn the_shipped_list_is_in_order_and_whole() {
        let transfers = read_transfers(&shipped_list()).unwrap();

        assert_eq!(transfers.len(), crate::generate::COUNT as usize);
        assert!(transfers.iter().zip(1..).all(|(transfer, id)| transfer.id == id));
        assert!(transfers.iter().all(|transfer| transfer.amount_cents > 0));
        assert!(transfers.iter().all(|transfer| transfer.from != transfer.to));
    }
}
