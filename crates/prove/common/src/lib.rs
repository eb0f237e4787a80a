//! What the parts of the proof share.
//!
//! A part starts programs (of its own, or Python's), sends them signals, and looks at how each ended, at which moment, and
//! at what it left in its [`ledger`]. What the contract does not allow is a fault, kept by the [`page`] and told at the end.

#![cfg(target_os = "linux")]

pub mod child;
pub mod clock;
pub mod lateness;
pub mod ledger;
pub mod machine;
pub mod options;
pub mod page;
pub mod programs;
pub mod shown;
pub mod system;
pub mod talk;

use std::error::Error;

/// What a part ends with where it cannot go on. Faults of what it looks at are told to the page instead.
pub type Result<T = ()> = std::result::Result<T, Box<dyn Error + Send + Sync>>;
