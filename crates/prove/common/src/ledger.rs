//! Two-step writes that show a tear: by a thread, a task, a forked child, or a program in Python.
//!
//! Each writer has a record of three numbers in one file. A protected write counts up the first, and then, by another
//! system call, the second. A writer that finds the two apart when it begins counts the third up: so a tear shows also
//! when the program went on behind it. The kernel keeps what was written when the process dies.

use std::fs::File;
use std::io;
use std::os::unix::fs::FileExt;
use std::path::Path;

/// Of one writer.
const RECORD: usize = 24;

/// The file, as its writers have it open.
pub struct Ledger(File);

impl Ledger {
    /// A ledger for so many writers, all at zero.
    ///
    /// # Errors
    ///
    /// Of the file.
    pub fn create(path: &Path, writers: usize) -> io::Result<()> {
        std::fs::write(path, vec![0; writers * RECORD])
    }

    /// # Errors
    ///
    /// Of the file.
    pub fn open(path: &Path) -> io::Result<Self> {
        Ok(Self(File::options().read(true).write(true).open(path)?))
    }

    fn field(&self, writer: usize, index: usize) -> io::Result<u64> {
        let mut bytes = [0; 8];
        self.0.read_exact_at(&mut bytes, (writer * RECORD + index * 8) as u64)?;
        Ok(u64::from_le_bytes(bytes))
    }

    fn put(&self, writer: usize, index: usize, value: u64) -> io::Result<()> {
        self.0.write_all_at(&value.to_le_bytes(), (writer * RECORD + index * 8) as u64)
    }

    /// The first step; it notes what a former write of this writer has left.
    ///
    /// # Errors
    ///
    /// Of the file.
    pub fn first_step(&self, writer: usize) -> io::Result<()> {
        let (first, second) = (self.field(writer, 0)?, self.field(writer, 1)?);
        if first != second {
            self.put(writer, 2, self.field(writer, 2)? + 1)?;
            self.put(writer, 1, first)?;
        }
        self.put(writer, 0, first + 1)
    }

    /// The second step.
    ///
    /// # Errors
    ///
    /// Of the file.
    pub fn second_step(&self, writer: usize) -> io::Result<()> {
        self.put(writer, 1, self.field(writer, 0)?)
    }
}

/// What a run has left.
#[derive(Debug, Default, Clone, Copy)]
pub struct Audit {
    /// Pairs that were begun.
    pub pairs: u64,
    /// Pairs of which the second step is missing.
    pub torn: u64,
    /// Writers that have never written.
    pub idle: usize,
}

/// # Errors
///
/// Of the file.
pub fn audit(path: &Path) -> io::Result<Audit> {
    let mut audit = Audit::default();
    for record in std::fs::read(path)?.chunks_exact(RECORD) {
        let field = |index: usize| {
            let mut bytes = [0; 8];
            bytes.copy_from_slice(&record[index * 8..][..8]);
            u64::from_le_bytes(bytes)
        };
        audit.pairs += field(0);
        audit.torn += field(2) + u64::from(field(0) != field(1));
        audit.idle += usize::from(field(0) == 0);
    }
    Ok(audit)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_tear_is_found_at_the_end_and_behind_it() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("ledger");
        Ledger::create(&path, 3).unwrap();
        let ledger = Ledger::open(&path).unwrap();
        ledger.first_step(0).unwrap();
        ledger.second_step(0).unwrap();
        ledger.first_step(1).unwrap();
        let seen = audit(&path).unwrap();
        assert_eq!((seen.pairs, seen.torn, seen.idle), (2, 1, 1));
        // It goes on as if nothing had been.
        ledger.first_step(1).unwrap();
        ledger.second_step(1).unwrap();
        let seen = audit(&path).unwrap();
        assert_eq!((seen.pairs, seen.torn, seen.idle), (3, 1, 1));
    }
}
