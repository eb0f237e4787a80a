//! The async face: a future as the owner of a block, on any executor.
//!
//! Inside the future, the functions of this module are its breakpoints; they act on the innermost protected
//! future that is being polled on this thread, wherever its task has moved to.
//!
//! ```
//! use std::time::Duration;
//! use shutdown_protection::{future, protect_async};
//!
//! # futures_lite::future::block_on(async {
//! let imported = protect_async(Duration::from_secs(4), async {
//!     for transfer in 0..3 {
//!         // two steps, with awaits between them
//!         future::allow_break()?;
//!     }
//!     Ok::<_, shutdown_protection::Interrupted>(3)
//! })
//! .await; // Err: dropped at its deadline, or refused at its start
//! assert_eq!(imported, Ok(Ok(3)));
//! # });
//! ```

use std::time::Duration;

mod block;
mod polled;
mod protect;

use crate::builder;
use crate::engine::{Engine, GATE};
use crate::error::Interrupted;
use crate::protection::installed;
use crate::time::{Stamp, Time};

pub(crate) use block::AsyncBlock;
pub(crate) use polled::{around, end_those_polled_here, forked, is_polled_here};
pub use protect::{ProtectAsync, protect_async};

/// A breakpoint of the protected future: here it may be stopped, and it gets its time again if it is not.
///
/// Outside of any protected future there is no block to renew: it only answers whether a shutdown is pending.
///
/// # Errors
///
/// A shutdown is pending, and no outer protected future holds it off. Return from the future with it.
pub fn allow_break() -> Result<(), Interrupted> {
    at_breakpoint(true)
}

/// A breakpoint that does not give the block its time again.
///
/// # Errors
///
/// As [`allow_break()`].
pub fn allow_break_without_renewal() -> Result<(), Interrupted> {
    at_breakpoint(false)
}

fn at_breakpoint(renew: bool) -> Result<(), Interrupted> {
    let Some(block) = AsyncBlock::polled_here() else {
        return Engine::current().map_or(Ok(()), Engine::outside);
    };
    if GATE.is_calm(|| block.calm) || !block.is_home() {
        if renew {
            block.slot.renew(Stamp::exact(Time::now()));
        }
        return Ok(());
    }
    installed().breakpoint(&*block, renew)
}

/// Gives the protected future its `max_exec_time` again, from now. Outside of one it does nothing.
pub fn renew() {
    if let Some(block) = AsyncBlock::polled_here() {
        block.slot.renew(Stamp::exact(Time::now()));
        if !GATE.is_calm(|| block.calm) && block.is_home() {
            let engine = installed();
            engine.renew(&*block);
            engine.watch(block);
        }
    }
}

/// Gives the protected future this time, from now (a `drain_time`: from the event), and at its further
/// renewals. Outside of one it does nothing.
///
/// # Panics
///
/// If the time is zero.
#[track_caller]
pub fn renew_for(max_exec_time: Duration) {
    let budget = builder::checked("max_exec_time", max_exec_time);
    if let Some(block) = AsyncBlock::polled_here() {
        block.slot.set_budget(budget);
        renew();
    }
}

/// Is the protected future's time up, with a shutdown pending? For code that computes for long without an
/// `.await`.
///
/// # Errors
///
/// The time is up. Outside of a protected future: never.
pub fn check_deadline() -> Result<(), Interrupted> {
    match AsyncBlock::polled_here() {
        Some(block) if !GATE.is_calm(|| block.calm) && block.is_home() => installed().deadline(&*block),
        _ => Ok(()),
    }
}

/// The time that the protected future has left; `None` outside of one, and for a `drain_time` that does not
/// run yet.
#[must_use]
pub fn remaining() -> Option<Duration> {
    let block = AsyncBlock::polled_here()?;
    let bounds = Engine::current().and_then(Engine::bounds);
    Some(Time::now().until(block.slot.deadline(bounds)?))
}
