//! What the programs of the demo share: the transfers, the ledger, the receipts, and the audit.
//!
//! The demo is the main job of `shutdown-protection` on real input. A transfer is imported in two
//! steps which no transaction spans:
//!
//! 1. its row is inserted in a ledger, which is an SQLite database;
//! 2. its receipt, a file, is moved from the folder `inbox` to the folder `done`.
//!
//! A process that ends between the two leaves a **torn pair**: a row without its moved receipt, or
//! the other way round. Nothing here repairs a torn pair on the way: the importer counts on
//! protection, and the [audit] tells whether it could.
//!
//! - `import-transfers` imports; run it, press Ctrl-C, run it again.
//! - `demo-driver` runs the importer hundreds of times and interrupts it at random moments.
//! - `generate-transfers` wrote `data/transfers.csv`.

pub mod audit;
pub mod generate;
pub mod ledger;
pub mod receipts;
pub mod site;
pub mod transfer;
