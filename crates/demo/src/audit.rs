//! The audit: compares the ledger with the receipts, transfer by transfer.
//!
//! It is what finds a torn pair. It knows nothing of signals or protection, so that it can witness
//! for both sides.

use std::collections::BTreeSet;
use std::error::Error;
use std::fmt;

use crate::site::Site;
use crate::transfer::Transfer;

/// What the audit found. Each set holds the numbers of transfers.
#[derive(Debug, Default, Clone, PartialEq, Eq)]
pub struct Audit {
    /// Both steps are done.
    pub complete: BTreeSet<u32>,
    /// Neither step is done.
    pub waiting: BTreeSet<u32>,
    /// Torn: the row is in the ledger, the receipt was not moved.
    pub row_only: BTreeSet<u32>,
    /// Torn: the receipt was moved, the row is not in the ledger.
    pub receipt_only: BTreeSet<u32>,
}

impl Audit {
    /// Looks at every transfer of the list.
    ///
    /// # Errors
    ///
    /// If the site cannot be read, or a receipt is in neither folder or in both: no importer does
    /// that, so the site was tampered with.
    pub fn of(site: &Site, transfers: &[Transfer]) -> Result<Self, Box<dyn Error>> {
        let recorded = site.ledger.recorded()?;
        let (inbox, done) = (site.receipts.waiting()?, site.receipts.done()?);
        let mut audit = Self::default();
        for &Transfer { id, .. } in transfers {
            if inbox.contains(&id) == done.contains(&id) {
                return Err(format!("the receipt of transfer {id} is lost or there twice").into());
            }
            let set = match (recorded.contains(&id), done.contains(&id)) {
                (true, true) => &mut audit.complete,
                (false, false) => &mut audit.waiting,
                (true, false) => &mut audit.row_only,
                (false, true) => &mut audit.receipt_only,
            };
            set.insert(id);
        }
        Ok(audit)
    }

    /// How many pairs are torn.
    #[must_use]
    pub fn torn(&self) -> usize {
        self.row_only.len() + self.receipt_only.len()
    }

    /// Mends the torn pairs that the audit found, so that none is counted twice: a row gets its
    /// receipt moved, a moved receipt goes back to wait for its row.
    ///
    /// # Errors
    ///
    /// If a receipt cannot be moved.
    pub fn mend(&self, site: &Site) -> std::io::Result<()> {
        self.row_only.iter().try_for_each(|&id| site.receipts.file(id))?;
        self.receipt_only.iter().try_for_each(|&id| site.receipts.take_back(id))
    }
}

impl fmt::Display for Audit {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} complete, {} waiting, {} torn", self.complete.len(), self.waiting.len(), self.torn())?;
        for id in &self.row_only {
            write!(f, "\n  transfer {id}: in the ledger, but its receipt is still in inbox")?;
        }
        for id in &self.receipt_only {
            write!(f, "\n  transfer {id}: its receipt is in done, but it is not in the ledger")?;
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::generate::generate;

    #[test]
    fn each_kind_of_pair_is_told_apart_and_mended() {
        let folder = tempfile::tempdir().unwrap();
        let transfers = generate(4, 1);
        let site = Site::open(folder.path(), &transfers).unwrap();
        site.ledger.record(&transfers[0]).unwrap();
        site.receipts.file(1).unwrap();
        site.ledger.record(&transfers[1]).unwrap();
        site.receipts.file(3).unwrap();

        let audit = Audit::of(&site, &transfers).unwrap();
        let expected =
            Audit { complete: [1].into(), waiting: [4].into(), row_only: [2].into(), receipt_only: [3].into() };
        assert_eq!(audit, expected);
        assert_eq!(audit.torn(), 2);

        audit.mend(&site).unwrap();
        let audit = Audit::of(&site, &transfers).unwrap();
        assert_eq!((audit.complete, audit.waiting), ([1, 2].into(), [3, 4].into()));
    }

    #[test]
    fn a_lost_receipt_is_an_error() {
        let folder = tempfile::tempdir().unwrap();
        let transfers = generate(1, 1);
        let site = Site::open(folder.path(), &transfers).unwrap();
        std::fs::remove_file(folder.path().join("inbox/000001.txt")).unwrap();

        assert!(Audit::of(&site, &transfers).is_err());
    }
}
