//! The receipts: one file for each transfer, in the folder `inbox` until the transfer is imported,
//! then in `done`.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};
use std::{fs, io};

use crate::transfer::Transfer;

/// The two folders.
#[derive(Debug)]
pub struct Receipts {
    inbox: PathBuf,
    done: PathBuf,
}

impl Receipts {
    /// The folders `inbox` and `done` inside `parent`, made if they are missing.
    ///
    /// # Errors
    ///
    /// If a folder cannot be made.
    pub fn open(parent: &Path) -> io::Result<Self> {
        let receipts = Self { inbox: parent.join("inbox"), done: parent.join("done") };
        fs::create_dir_all(&receipts.inbox)?;
        fs::create_dir_all(&receipts.done)?;
        Ok(receipts)
    }

    /// Lays a receipt in the inbox for each transfer that has none yet, here or in `done`.
    ///
    /// # Errors
    ///
    /// If a folder cannot be read or a file cannot be written.
    pub fn lay_out(&self, transfers: &[Transfer]) -> io::Result<()> {
        let mut present = self.waiting()?;
        present.append(&mut self.done()?);
        for transfer in transfers.iter().filter(|transfer| !present.contains(&transfer.id)) {
            let text = format!("receipt for transfer {}\n{}\n", transfer.id, transfer.reference);
            fs::write(self.inbox.join(file_name(transfer.id)), text)?;
        }
        Ok(())
    }

    /// Moves one receipt from `inbox` to `done`.
    ///
    /// # Errors
    ///
    /// If there is no such receipt in `inbox`, or it cannot be moved.
    pub fn file(&self, id: u32) -> io::Result<()> {
        fs::rename(self.inbox.join(file_name(id)), self.done.join(file_name(id)))
    }

    /// Moves one receipt from `done` back to `inbox`.
    ///
    /// # Errors
    ///
    /// If there is no such receipt in `done`, or it cannot be moved.
    pub fn take_back(&self, id: u32) -> io::Result<()> {
        fs::rename(self.done.join(file_name(id)), self.inbox.join(file_name(id)))
    }

    /// The numbers of the receipts in `inbox`.
    ///
    /// # Errors
    ///
    /// If the folder cannot be read, or holds something that is no receipt.
    pub fn waiting(&self) -> io::Result<BTreeSet<u32>> {
        numbers(&self.inbox)
    }

    /// The numbers of the receipts in `done`.
    ///
    /// # Errors
    ///
    /// If the folder cannot be read, or holds something that is no receipt.
    pub fn done(&self) -> io::Result<BTreeSet<u32>> {
        numbers(&self.done)
    }
}

fn file_name(id: u32) -> String {
    format!("{id:06}.txt")
}

fn numbers(folder: &Path) -> io::Result<BTreeSet<u32>> {
    fs::read_dir(folder)?
        .map(|entry| {
            let name = entry?.file_name();
            name.to_str()
                .and_then(|name| name.strip_suffix(".txt")?.parse().ok())
                .ok_or_else(|| io::Error::other(format!("{} holds {}, no receipt", folder.display(), name.display())))
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::generate::generate;

    #[test]
    fn laying_out_again_leaves_what_was_filed() {
        let folder = tempfile::tempdir().unwrap();
        let receipts = Receipts::open(folder.path()).unwrap();
        let transfers = generate(3, 1);

        receipts.lay_out(&transfers).unwrap();
        receipts.file(2).unwrap();
        receipts.lay_out(&transfers).unwrap();

        assert_eq!(receipts.waiting().unwrap(), BTreeSet::from([1, 3]));
        assert_eq!(receipts.done().unwrap(), BTreeSet::from([2]));
        assert!(receipts.file(2).is_err());
    }
}
