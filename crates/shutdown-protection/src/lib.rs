//! A block of code under [`ShutdownProtection`] is not torn by a request to exit (`SIGINT`, `SIGTERM`,
//! `SIGQUIT`, `SIGHUP`; on Windows the console's events, and what a hidden window is told): it runs on until it reaches a
//! breakpoint, ends, or its time is up. Then the program gets an [`Interrupted`], unwinds, and dies by the signal, as its
//! parent expects.
//!
//! ```
//! use std::time::Duration;
//! use shutdown_protection::ShutdownProtection;
//!
//! fn main() -> Result<(), Box<dyn std::error::Error>> {
//!     let block = ShutdownProtection::start_for(Duration::from_secs(4))?;
//!     for transfer in 0..3 {
//!         // Two steps that belong together: a Ctrl-C here waits, for 4 s at the most.
//!         println!("transfer {transfer}: write the ledger, move the receipt");
//!         // A Ctrl-C stops the program here.
//!         block.allow_break()?;
//!     }
//!     block.finish()?;
//!     Ok(())
//! }
//! ```
//!
//! # The three faces
//!
//! | you have | use |
//! | --- | --- |
//! | a stretch of code in a thread | [`ShutdownProtection`], a guard |
//! | a closure with its own error type | [`protect()`] |
//! | a future, on any executor | [`protect_async()`], and [`requested()`] for servers |
//!
//! # What happens when
//!
//! - **No block is open**: an event ends the process at once, by its signal, as it would have without this
//!   library.
//! - **Blocks are open**: the first event makes the shutdown *pending* and disturbs nothing. Each owner is
//!   interrupted at its next breakpoint; async owners are dropped at their deadline, threads can ask by
//!   [`check_deadline()`](ShutdownProtection::check_deadline).
//! - **The last block has ended or lapsed**: [`before_termination`](Configuration::before_termination) runs,
//!   and the process ends; a program that was told has 0.5 s ([`unwind_time`](Configuration::unwind_time)) to
//!   unwind and return from `main`.
//! - **The third attempt** ([`max_attempts`](Configuration::max_attempts)) ends it at once.
//! - **The system ends the program itself** (Windows, when the console is closed, at a logoff and at a shutdown; 5 s
//!   later where nothing else is set): no block has more time than 0.5 s less than that, whatever it was given or gives itself,
//!   and the program ends 0.1 s before the system would end it.
//!
//! A Windows service calls [`request_shutdown()`] where the service manager tells it to stop, and holds a block around
//! its work, so that it has the time to report the end: `examples/windows_service.rs` is one.
//!
//! Loading the library changes nothing: the handlers are installed by the first block or by
//! [`configure_shutdown_manager()`]. It prints nothing; with the feature `log` (on by default) it tells the
//! [`log`](https://docs.rs/log) crate once a shutdown which blocks hold the end.
//!
//! # What it cannot do
//!
//! `SIGKILL`, power failures and `abort` tear everything. A thread that is in a system call cannot be
//! interrupted there, only ended with the process when its time is up.
#![cfg_attr(docsrs, feature(doc_auto_cfg))]
#![cfg_attr(
    all(windows, target_env = "gnu"),
    allow(clippy::missing_const_for_thread_local, reason = "they are: it misreads what the macro expands to there")
)]
#![cfg_attr(loom, allow(dead_code, reason = "the model checker sees only the lock-free parts"))]

mod doorbell;
mod event;
mod gate;
mod mailbox;
mod sync;
mod time;

#[cfg(not(loom))]
mod blocks;
#[cfg(not(loom))]
mod builder;
#[cfg(not(loom))]
mod callback;
#[cfg(not(loom))]
mod config;
#[cfg(not(loom))]
mod engine;
#[cfg(not(loom))]
mod error;
#[cfg(not(loom))]
mod exit;
#[cfg(not(loom))]
#[doc(hidden)]
pub mod face;
#[cfg(not(loom))]
mod fork_lock;
#[cfg(not(loom))]
pub mod future;
/// For the folder `fuzz`; `cargo fuzz` sets this.
#[cfg(all(fuzzing, not(loom)))]
#[doc(hidden)]
pub mod fuzzing {
    /// Panics if the machine breaks a rule over the sequence that these bytes are.
    pub fn machine(data: &[u8]) {
        crate::machine::model::check(data);
    }
}
#[cfg(not(loom))]
mod guests;
#[cfg(not(loom))]
mod host;
#[cfg(not(loom))]
mod machine;
#[cfg(not(loom))]
mod os;
#[cfg(not(loom))]
mod panics;
#[cfg(not(loom))]
mod protection;
#[cfg(not(loom))]
mod report;
#[cfg(not(loom))]
mod requests;
#[cfg(not(loom))]
mod supervisor;

pub use crate::event::ShutdownEvent;
#[cfg(not(loom))]
pub use crate::{
    blocks::census::OpenBlock,
    builder::ProtectionBuilder,
    config::{Configuration, ExitStatus, configure_shutdown_manager, restore_handlers},
    error::{CannotCancel, ConfigureError, InterruptCause, Interrupted},
    future::{ProtectAsync, protect_async},
    protection::{ShutdownProtection, protect},
    report::open_blocks,
    requests::{Requested, cancel_shutdown, is_requested, request_shutdown, requested, wait},
};

#[cfg(all(test, loom))]
mod loom_tests;

/// The examples of the README run as tests.
#[cfg(all(doctest, not(loom)))]
#[doc = include_str!("../../../README.md")]
struct Readme;
