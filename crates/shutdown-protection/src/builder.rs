//! The options of a block.

use std::panic::Location;
use std::time::Duration;

use crate::ShutdownProtection;
use crate::blocks::options::Options;
use crate::config::default_budget;
use crate::error::Interrupted;
use crate::time::Span;

/// The options of a block; made by [`ShutdownProtection::builder()`], or from a `Duration`, which is the
/// `max_exec_time`.
///
/// ```
/// use std::time::Duration;
/// use shutdown_protection::ShutdownProtection;
///
/// // A server, which runs for days: its 25 s begin when the event comes.
/// let serving = ShutdownProtection::builder().name("serve").drain_time(Duration::from_secs(25)).start()?;
/// # drop(serving);
/// # Ok::<(), shutdown_protection::Interrupted>(())
/// ```
#[derive(Debug, Clone, Copy, Default)]
#[must_use = "options start no block: call `start()`"]
pub struct ProtectionBuilder {
    budget: Option<Span>,
    drain: bool,
    run_at_exit: bool,
    name: Option<&'static str>,
}

impl ProtectionBuilder {
    /// The time of the block, from its start and from each renewal. Default: the configured one. Replaces a
    /// `drain_time`.
    ///
    /// ```
    /// use std::time::Duration;
    /// use shutdown_protection::ShutdownProtection;
    ///
    /// let block = ShutdownProtection::builder().max_exec_time(Duration::from_secs(4)).start()?;
    /// assert!(block.remaining() > Duration::from_secs(3));
    /// # Ok::<(), shutdown_protection::Interrupted>(())
    /// ```
    ///
    /// # Panics
    ///
    /// If the time is zero.
    #[track_caller]
    pub fn max_exec_time(mut self, time: Duration) -> Self {
        self.budget = Some(checked("max_exec_time", time));
        self.drain = false;
        self
    }

    /// The time of the block from the first event on; before that it has no deadline. Replaces a
    /// `max_exec_time`. On Windows, some events leave it less: see [`ShutdownProtection`].
    ///
    /// ```
    /// use std::time::Duration;
    /// use shutdown_protection::ShutdownProtection;
    ///
    /// let serving = ShutdownProtection::builder().drain_time(Duration::from_secs(25)).start()?;
    /// assert_eq!(serving.remaining(), Duration::from_secs(25)); // it does not run yet
    /// # Ok::<(), shutdown_protection::Interrupted>(())
    /// ```
    ///
    /// # Panics
    ///
    /// If the time is zero.
    #[track_caller]
    pub fn drain_time(mut self, time: Duration) -> Self {
        self.budget = Some(checked("drain_time", time));
        self.drain = true;
        self
    }

    /// Start the block although a shutdown is pending: for clean-up that must not be torn either; also in an exit function
    /// (`atexit`) that was registered after the first use of this crate. Default: `false`.
    ///
    /// A block that is started later than [`max_exec_time`](crate::Configuration::max_exec_time) (the configured one)
    /// after the end was delivered does not put the end off any more.
    ///
    /// ```standalone_crate
    /// use shutdown_protection::{ShutdownProtection, cancel_shutdown, request_shutdown};
    ///
    /// let outer = ShutdownProtection::start().unwrap();
    /// request_shutdown();
    /// drop(outer.allow_break().unwrap_err());
    /// let roll_back = ShutdownProtection::builder().run_at_exit(true).start();
    /// assert!(roll_back.is_ok());
    /// # cancel_shutdown().unwrap();
    /// ```
    pub fn run_at_exit(mut self, run_at_exit: bool) -> Self {
        self.run_at_exit = run_at_exit;
        self
    }

    /// A name for [`open_blocks()`](crate::open_blocks) and the log. At most 1,023 bytes of it are kept.
    ///
    /// ```
    /// use shutdown_protection::{ShutdownProtection, open_blocks};
    ///
    /// let block = ShutdownProtection::builder().name("transfer").start()?;
    /// assert!(open_blocks().iter().any(|block| block.name() == Some("transfer")));
    /// # drop(block);
    /// # Ok::<(), shutdown_protection::Interrupted>(())
    /// ```
    pub fn name(mut self, name: &'static str) -> Self {
        self.name = Some(name);
        self
    }

    /// Starts the block.
    ///
    /// ```
    /// use shutdown_protection::ShutdownProtection;
    ///
    /// let block = ShutdownProtection::builder().name("transfer").start()?;
    /// # drop(block);
    /// # Ok::<(), shutdown_protection::Interrupted>(())
    /// ```
    ///
    /// # Errors
    ///
    /// As [`ShutdownProtection::start`].
    ///
    /// # Panics
    ///
    /// As [`ShutdownProtection::start`].
    #[track_caller]
    pub fn start(self) -> Result<ShutdownProtection, Interrupted> {
        ShutdownProtection::open(&self.options(), Location::caller())
    }

    pub(crate) fn options(self) -> Options {
        Options {
            budget: self.budget.unwrap_or_else(default_budget),
            drain: self.drain,
            regardless: self.run_at_exit,
            name: self.name,
        }
    }
}

impl From<Duration> for ProtectionBuilder {
    #[track_caller]
    fn from(max_exec_time: Duration) -> Self {
        Self::default().max_exec_time(max_exec_time)
    }
}

/// C30.
#[track_caller]
#[inline]
pub(crate) fn checked(name: &str, time: Duration) -> Span {
    assert!(!time.is_zero(), "{name} must be more than zero, not {time:?}");
    time.into()
}
