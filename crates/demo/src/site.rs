//! The site of an import: the folder that holds its ledger and its receipts.

use std::error::Error;
use std::path::{Path, PathBuf};
use std::{fs, io};

use crate::ledger::Ledger;
use crate::receipts::Receipts;
use crate::transfer::Transfer;

/// A site that is ready: its ledger is open, and every transfer has a receipt.
#[derive(Debug)]
pub struct Site {
    /// The ledger in `ledger.db`.
    pub ledger: Ledger,
    /// The receipts in `inbox` and `done`.
    pub receipts: Receipts,
}

impl Site {
    /// Opens the site in `folder`. What is missing of it is made, what is there stays as it is.
    ///
    /// # Errors
    ///
    /// If a file or folder cannot be read or made.
    pub fn open(folder: &Path, transfers: &[Transfer]) -> Result<Self, Box<dyn Error>> {
        let receipts = Receipts::open(folder)?;
        receipts.lay_out(transfers)?;
        Ok(Self { ledger: Ledger::open(&ledger_path(folder))?, receipts })
    }
}

/// Makes a site new after a complete import: no ledger, and all receipts in `inbox` again. No site
/// may be open in `folder`.
///
/// The receipts come back by one rename of their folder, because the driver does this some dozens
/// of times.
///
/// # Errors
///
/// If `inbox` is not empty, which means that the import is not complete; or if a file cannot be
/// moved.
pub fn start_over(folder: &Path) -> io::Result<()> {
    fs::remove_dir(folder.join("inbox"))?;
    fs::rename(folder.join("done"), folder.join("inbox"))?;
    for suffix in ["", "-wal", "-shm"] {
        let mut path = ledger_path(folder).into_os_string();
        path.push(suffix);
        match fs::remove_file(&path) {
            Err(error) if error.kind() != io::ErrorKind::NotFound => return Err(error),
            _ => {}
        }
    }
    Ok(())
}

fn ledger_path(folder: &Path) -> PathBuf {
    folder.join("ledger.db")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::generate::generate;

    #[test]
    fn a_complete_site_starts_over_and_an_incomplete_one_does_not() {
        let folder = tempfile::tempdir().unwrap();
        let transfers = generate(2, 1);
        let site = Site::open(folder.path(), &transfers).unwrap();
        for transfer in &transfers {
            assert!(start_over(folder.path()).is_err());
            site.ledger.record(transfer).unwrap();
            site.receipts.file(transfer.id).unwrap();
        }
        drop(site);

        start_over(folder.path()).unwrap();

        let site = Site::open(folder.path(), &transfers).unwrap();
        assert!(site.ledger.recorded().unwrap().is_empty());
        assert_eq!(site.receipts.waiting().unwrap().len(), 2);
    }
}
