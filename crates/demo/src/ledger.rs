//! The ledger: one row for each imported transfer, in SQLite.

use std::collections::BTreeSet;
use std::path::Path;

use rusqlite::{Connection, Result, params};

use crate::transfer::Transfer;

/// An open ledger.
#[derive(Debug)]
pub struct Ledger {
    connection: Connection,
}

impl Ledger {
    /// Opens the ledger at `path`, and makes an empty one if there is none.
    ///
    /// # Errors
    ///
    /// If SQLite cannot open the file, or the file is not a ledger.
    pub fn open(path: &Path) -> Result<Self> {
        let connection = Connection::open(path)?;
        // The usual setting of a program that writes much: a write-ahead log, which is flushed to
        // the disk at its checkpoints. What is committed survives the end of the process
        // whatever ends it.
        connection.pragma_update(None, "journal_mode", "WAL")?;
        connection.pragma_update(None, "synchronous", "NORMAL")?;
        connection.execute(
            "CREATE TABLE IF NOT EXISTS transfers (
                id           INTEGER PRIMARY KEY,
                date         TEXT NOT NULL,
                payer        TEXT NOT NULL,
                payee        TEXT NOT NULL,
                amount_cents INTEGER NOT NULL,
                currency     TEXT NOT NULL,
                reference    TEXT NOT NULL
            )",
            (),
        )?;
        Ok(Self { connection })
    }

    /// Inserts the row of one transfer. The row is committed when this returns.
    ///
    /// # Errors
    ///
    /// If the transfer is in the ledger already, or SQLite cannot write.
    pub fn record(&self, transfer: &Transfer) -> Result<()> {
        let mut insert = self.connection.prepare_cached("INSERT INTO transfers VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7)")?;
        insert.execute(params![
            transfer.id,
            transfer.date,
            transfer.from,
            transfer.to,
            transfer.amount_cents,
            transfer.currency,
            transfer.reference,
        ])?;
        Ok(())
    }

    /// The numbers of the transfers that have a row.
    ///
    /// # Errors
    ///
    /// If SQLite cannot read.
    pub fn recorded(&self) -> Result<BTreeSet<u32>> {
        self.connection.prepare("SELECT id FROM transfers")?.query_map((), |row| row.get(0))?.collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::generate::generate;

    #[test]
    fn a_row_outlives_the_connection_and_is_never_written_twice() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("ledger.db");
        let transfers = generate(2, 1);

        let ledger = Ledger::open(&path).unwrap();
        ledger.record(&transfers[1]).unwrap();
        drop(ledger);

        let ledger = Ledger::open(&path).unwrap();
        assert_eq!(ledger.recorded().unwrap(), BTreeSet::from([2]));
        assert!(ledger.record(&transfers[1]).is_err());
    }
}
