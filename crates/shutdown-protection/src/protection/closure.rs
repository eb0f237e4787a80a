//! The closure form of a block.

use crate::builder::ProtectionBuilder;
use crate::error::Interrupted;
use crate::protection::ShutdownProtection;

/// Runs `work` as a protected block. Its normal end is a breakpoint; an error of its own propagates, whatever
/// is pending.
///
/// `options`: a `Duration`, which is the `max_exec_time`, or a [`ProtectionBuilder`].
///
/// ```
/// use std::time::Duration;
/// use shutdown_protection::{Interrupted, protect};
///
/// #[derive(Debug)]
/// enum ImportError { Interrupted(Interrupted), BadLine(u32) }
/// impl From<Interrupted> for ImportError {
///     fn from(interrupted: Interrupted) -> Self { Self::Interrupted(interrupted) }
/// }
///
/// let lines: u32 = protect(Duration::from_secs(4), |block| {
///     for line in 0..100 {
///         if line == 1_000 { return Err(ImportError::BadLine(line)); }
///         block.allow_break()?;
///     }
///     Ok(100)
/// })?;
/// # Ok::<(), ImportError>(())
/// ```
///
/// # Errors
///
/// Those of `work`; and, as [`Interrupted`], if a shutdown is pending at the start or at the normal end (the
/// value is dropped then) and no outer block of this thread holds it off.
///
/// An error of its own with a shutdown pending, in any thread, counts as the program's: a `main` that returns `Err` later
/// keeps the status 1, even if that error had been handled. (Where the system does not tell the status, it keeps any.)
///
/// # Panics
///
/// If a `Duration` of zero is given; and as [`ShutdownProtection::start`]. A panic of `work` unwinds through it.
#[track_caller]
pub fn protect<T, E: From<Interrupted>>(
    options: impl Into<ProtectionBuilder>,
    work: impl FnOnce(&ShutdownProtection) -> Result<T, E>,
) -> Result<T, E> {
    let block = options.into().start()?;
    match work(&block) {
        Ok(value) => {
            block.finish()?;
            Ok(value)
        }
        Err(error) => {
            block.end_by_own_error();
            Err(error)
        }
    }
}
