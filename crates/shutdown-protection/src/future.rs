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
//!
//! A protected future that goes on in the child of a `fork` is inert there, until its next breakpoint or renewal makes it a
//! block of the child, together with those around it.

use std::time::Duration;

mod block;
mod heir;
mod polled;
mod protect;

use crate::builder;
use crate::engine::{Engine, GATE};
use crate::error::Interrupted;
use crate::protection::installed;
use crate::time::Time;

pub(crate) use block::AsyncBlock;
pub(crate) use polled::{around, end_those_polled_here, is_polled_here};
pub use protect::{ProtectAsync, protect_async};

/// A breakpoint of the protected future: here it may be stopped, and it gets its time again if it is not.
///
/// Outside of any protected future there is no block to renew: it only answers whether a shutdown is pending.
///
/// ```
/// use std::time::Duration;
/// use shutdown_protection::{Interrupted, future, protect_async};
///
/// # futures_lite::future::block_on(async {
/// let done = protect_async(Duration::from_secs(4), async {
///     for _transfer in 0..3 {
///         // ... two steps, with awaits between them
///         future::allow_break()?;
///     }
///     Ok::<_, Interrupted>(())
/// })
/// .await;
/// assert_eq!(done, Ok(Ok(())));
/// # });
/// ```
///
/// # Errors
///
/// A shutdown is pending, and no outer protected future holds it off. Return from the future with it.
pub fn allow_break() -> Result<(), Interrupted> {
    at_breakpoint(true)
}

/// A breakpoint that does not give the block its time again.
///
/// ```
/// use std::time::Duration;
/// use shutdown_protection::{Interrupted, future, protect_async};
///
/// # futures_lite::future::block_on(async {
/// let done = protect_async(Duration::from_secs(4), async {
///     // All transfers together have 4 s.
///     for _transfer in 0..3 {
///         future::allow_break_without_renewal()?;
///     }
///     Ok::<_, Interrupted>(())
/// })
/// .await;
/// assert_eq!(done, Ok(Ok(())));
/// # });
/// ```
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
    if GATE.is_calm(|| block.calm) {
        if renew {
            block.slot.renew(Time::now());
        }
        return Ok(());
    }
    // In the child of a fork an inherited one comes home (C23); if it has ended, there is none here.
    match block.come_home() {
        Some(block) => installed().breakpoint(&*block, renew),
        None => Engine::current().map_or(Ok(()), Engine::outside),
    }
}

/// Gives the protected future its `max_exec_time` again, from now. Outside of one it does nothing.
///
/// ```
/// use std::time::Duration;
/// use shutdown_protection::{Interrupted, future, protect_async};
///
/// # futures_lite::future::block_on(async {
/// let done = protect_async(Duration::from_secs(4), async {
///     // ... half of the work, which must not be stopped here
///     future::renew(); // 4 s for the other half
///     Ok::<_, Interrupted>(())
/// })
/// .await;
/// assert_eq!(done, Ok(Ok(())));
/// # });
/// ```
pub fn renew() {
    if let Some(block) = AsyncBlock::polled_here() {
        block.slot.renew(Time::now());
        if GATE.is_calm(|| block.calm) {
            return;
        }
        if let Some(block) = block.come_home() {
            let engine = installed();
            engine.renew(&*block);
            engine.watch(block);
        }
    }
}

/// Gives the protected future this time, from now (a `drain_time`: from the event), and at its further
/// renewals. Outside of one it does nothing.
///
/// ```
/// use std::time::Duration;
/// use shutdown_protection::{Interrupted, future, protect_async};
///
/// # futures_lite::future::block_on(async {
/// let done = protect_async(Duration::from_secs(4), async {
///     future::renew_for(Duration::from_secs(60)); // the next step may take longer
///     assert!(future::remaining() > Some(Duration::from_secs(59)));
///     Ok::<_, Interrupted>(())
/// })
/// .await;
/// assert_eq!(done, Ok(Ok(())));
/// # });
/// ```
///
/// # Panics
///
/// If the time is zero.
#[track_caller]
pub fn renew_for(max_exec_time: Duration) {
    let budget = builder::checked("max_exec_time", max_exec_time);
    if let Some(block) = AsyncBlock::polled_here() {
        block.slot.renew_for(budget, Time::now_or_later());
        renew();
    }
}

/// Is the protected future's time up, with a shutdown pending? For code that computes for long without an
/// `.await`.
///
/// ```
/// use std::time::Duration;
/// use shutdown_protection::{Interrupted, future, protect_async};
///
/// # futures_lite::future::block_on(async {
/// let done = protect_async(Duration::from_secs(4), async {
///     for _row in 0..1_000 {
///         // ... one row of a table that must be written as a whole
///         future::check_deadline()?; // Err: undo it while there is time
///     }
///     Ok::<_, Interrupted>(())
/// })
/// .await;
/// assert_eq!(done, Ok(Ok(())));
/// # });
/// ```
///
/// # Errors
///
/// The time is up, or the last attempt was made. Outside of a protected future: never.
pub fn check_deadline() -> Result<(), Interrupted> {
    match AsyncBlock::polled_here() {
        Some(block) if !GATE.is_calm(|| block.calm) && block.is_home() => installed().deadline(&*block),
        _ => Ok(()),
    }
}

/// The time that the protected future has left; `None` outside of one, and for a `drain_time` that does not
/// run yet.
///
/// ```
/// use std::time::Duration;
/// use shutdown_protection::{Interrupted, future, protect_async};
///
/// assert_eq!(future::remaining(), None);
/// # futures_lite::future::block_on(async {
/// let done = protect_async(Duration::from_secs(4), async {
///     assert!(future::remaining() <= Some(Duration::from_secs(5)));
///     Ok::<_, Interrupted>(())
/// })
/// .await;
/// assert_eq!(done, Ok(Ok(())));
/// # });
/// ```
#[must_use]
pub fn remaining() -> Option<Duration> {
    let block = AsyncBlock::polled_here()?;
    let bounds = Engine::current().and_then(Engine::bounds);
    Some(Time::now().until(block.slot.deadline(bounds)?))
}
