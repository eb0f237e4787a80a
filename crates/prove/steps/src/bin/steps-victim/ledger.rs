//! What must not be torn: a row is the same byte in two files.

use std::fs::{File, OpenOptions};
use std::io::Write;

pub(crate) struct Ledger {
    first: File,
    second: File,
}

impl Ledger {
    pub(crate) fn open(first: &str, second: &str) -> Self {
        let open = |path| OpenOptions::new().append(true).open(path).expect("the ledger's files are there");
        Self { first: open(first), second: open(second) }
    }

    /// Both steps.
    pub(crate) fn write(&self, row: u8) {
        self.first_step(row);
        self.second_step(row);
    }

    pub(crate) fn first_step(&self, row: u8) {
        (&self.first).write_all(&[row]).expect("the ledger is written");
    }

    pub(crate) fn second_step(&self, row: u8) {
        (&self.second).write_all(&[row]).expect("the ledger is written");
    }
}
