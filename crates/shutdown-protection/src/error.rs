//! What the functions of this crate fail with.

use std::error::Error;
use std::fmt;
use std::io;

use crate::ShutdownEvent;

/// The owner of a block is told to stop: unwind, and let `main` return.
///
/// It is `Copy`, and any error type that is `From<Interrupted>` takes it through `?`.
///
/// ```
/// use shutdown_protection::{Interrupted, ShutdownProtection};
///
/// fn import() -> Result<(), Interrupted> {
///     let block = ShutdownProtection::start()?;
///     for _transfer in 0..3 {
///         // two steps that belong together
///         block.allow_break()?;
///     }
///     Ok(())
/// }
/// # import().unwrap();
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Interrupted {
    pub(crate) event: ShutdownEvent,
    pub(crate) cause: InterruptCause,
    pub(crate) attempts: u32,
}

impl Interrupted {
    /// The event that began this shutdown; after `max_attempts`, the one that reached it.
    ///
    /// ```standalone_crate
    /// use shutdown_protection::{ShutdownEvent, ShutdownProtection, cancel_shutdown, request_shutdown};
    ///
    /// let block = ShutdownProtection::start().unwrap();
    /// request_shutdown();
    /// let interrupted = block.allow_break().unwrap_err();
    /// assert_eq!(interrupted.event(), ShutdownEvent::Request);
    /// # cancel_shutdown().unwrap();
    /// ```
    #[must_use]
    pub fn event(&self) -> ShutdownEvent {
        self.event
    }

    /// Why the block was interrupted here.
    ///
    /// ```standalone_crate
    /// use shutdown_protection::{InterruptCause, ShutdownProtection, cancel_shutdown, request_shutdown};
    ///
    /// let block = ShutdownProtection::start().unwrap();
    /// request_shutdown();
    /// let interrupted = block.allow_break().unwrap_err();
    /// assert_eq!(interrupted.cause(), InterruptCause::Break);
    /// # cancel_shutdown().unwrap();
    /// ```
    #[must_use]
    pub fn cause(&self) -> InterruptCause {
        self.cause
    }

    /// How many attempts to end the program had been counted by then.
    /// 0 after [`request_shutdown()`](crate::request_shutdown) alone, which is no attempt.
    ///
    /// ```standalone_crate
    /// use shutdown_protection::{ShutdownProtection, cancel_shutdown, request_shutdown};
    ///
    /// let block = ShutdownProtection::start().unwrap();
    /// request_shutdown();
    /// let interrupted = block.allow_break().unwrap_err();
    /// assert_eq!(interrupted.attempts(), 0);
    /// # cancel_shutdown().unwrap();
    /// ```
    #[must_use]
    pub fn attempts(&self) -> u32 {
        self.attempts
    }
}

impl fmt::Display for Interrupted {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let why = match self.cause {
            InterruptCause::Break => "at a breakpoint",
            InterruptCause::Deadline => "at its deadline",
            InterruptCause::Attempts => "after the last attempt",
        };
        write!(f, "interrupted {why} by {} (attempts: {})", self.event, self.attempts)
    }
}

impl Error for Interrupted {}

/// Why a block was interrupted.
///
/// ```
/// use shutdown_protection::{InterruptCause, Interrupted};
///
/// fn tell(interrupted: Interrupted) -> &'static str {
///     match interrupted.cause() {
///         InterruptCause::Break => "stopped between two transfers",
///         InterruptCause::Deadline => "out of time",
///         _ => "ended",
///     }
/// }
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum InterruptCause {
    /// At a breakpoint, at its normal end, or at its start, with a shutdown pending.
    Break,
    /// Its time was up.
    Deadline,
    /// The attempts had reached `max_attempts`: the process is ending now.
    Attempts,
}

/// A configuration was refused, or the handlers could not be installed. Nothing has changed.
///
/// ```
/// let error = shutdown_protection::configure_shutdown_manager().max_attempts(0).apply().unwrap_err();
/// assert!(error.is_invalid_argument());
/// assert_eq!(error.to_string(), "max_attempts must be at least 1, not 0");
/// ```
#[derive(Debug)]
pub struct ConfigureError(Kind);

#[derive(Debug)]
enum Kind {
    Argument { name: &'static str, wants: &'static str, value: String },
    Install(io::Error),
}

impl ConfigureError {
    pub(crate) fn argument(name: &'static str, wants: &'static str, value: impl fmt::Debug) -> Self {
        Self(Kind::Argument { name, wants, value: format!("{value:?}") })
    }

    pub(crate) fn install(error: io::Error) -> Self {
        Self(Kind::Install(error))
    }

    /// An argument was out of its range; the message names it and its value.
    ///
    /// ```
    /// let error = shutdown_protection::configure_shutdown_manager().max_attempts(0).apply().unwrap_err();
    /// assert!(error.is_invalid_argument());
    /// ```
    #[must_use]
    pub fn is_invalid_argument(&self) -> bool {
        matches!(self.0, Kind::Argument { .. })
    }

    /// The system refused the handlers or the supervisor's thread; [`source`](Error::source) is its error.
    ///
    /// ```
    /// let error = shutdown_protection::configure_shutdown_manager().max_attempts(0).apply().unwrap_err();
    /// assert!(!error.is_install());
    /// ```
    #[must_use]
    pub fn is_install(&self) -> bool {
        matches!(self.0, Kind::Install(_))
    }
}

impl fmt::Display for ConfigureError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.0 {
            Kind::Argument { name, wants, value } => write!(f, "{name} must be {wants}, not {value}"),
            Kind::Install(error) => write!(f, "the shutdown handlers could not be installed: {error}"),
        }
    }
}

impl Error for ConfigureError {
    fn source(&self) -> Option<&(dyn Error + 'static)> {
        match &self.0 {
            Kind::Argument { .. } => None,
            Kind::Install(error) => Some(error),
        }
    }
}

/// The shutdown can no longer be cancelled: the process is already ending, or the system will end it.
///
/// ```
/// use shutdown_protection::{CannotCancel, cancel_shutdown};
///
/// match cancel_shutdown() {
///     Ok(interrupted) => println!("going on; {interrupted} owners had been stopped"),
///     Err(CannotCancel) => println!("too late"),
/// }
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub struct CannotCancel;

impl fmt::Display for CannotCancel {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("the shutdown can no longer be cancelled: the process is ending")
    }
}

impl Error for CannotCancel {}
