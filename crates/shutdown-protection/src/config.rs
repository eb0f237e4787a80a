//! What can be configured, and checked before it is put in force.

use std::sync::Arc;
use std::time::Duration;

mod apply;
mod settings;

use crate::engine::Engine;

use settings::Callback;
pub(crate) use settings::{Settings, default_budget};

/// What the process ends with, as its parent sees it, after an event. See [`Configuration::exit_status`].
///
/// ```
/// use shutdown_protection::{ExitStatus, configure_shutdown_manager};
///
/// configure_shutdown_manager().exit_status(ExitStatus::Code(1)).apply()?;
/// # Ok::<(), shutdown_protection::ConfigureError>(())
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
#[non_exhaustive]
pub enum ExitStatus {
    /// It dies by the signal that came first, so that the parent sees that. Where the kernel does not deliver
    /// the signal (PID 1), the status is 128 + n. On Windows, which has no such death, the status is that of the system's own
    /// handler: `STATUS_CONTROL_C_EXIT` (0xC000013A). After [`request_shutdown()`](crate::request_shutdown): 0.
    #[default]
    Signal,
    /// This status, whatever the event: 0 to 255, on Windows any.
    Code(i32),
}

/// Begins a change of the configuration, at any time and from any thread. What is not named keeps its value;
/// nothing happens before [`apply`](Configuration::apply).
///
/// ```
/// use std::time::Duration;
///
/// # fn main() -> Result<(), shutdown_protection::ConfigureError> {
/// shutdown_protection::configure_shutdown_manager()
///     .max_exec_time(Duration::from_secs(25))
///     .max_attempts(5)
///     .before_termination(|| eprintln!("going down"))
///     .apply()?;
/// # Ok(())
/// # }
/// ```
#[must_use = "nothing changes before `apply()`"]
pub fn configure_shutdown_manager() -> Configuration {
    Configuration::default()
}

/// A change of the configuration; made by [`configure_shutdown_manager()`].
///
/// ```
/// use shutdown_protection::configure_shutdown_manager;
///
/// let change = configure_shutdown_manager().max_attempts(10);
/// change.apply()?;
/// # Ok::<(), shutdown_protection::ConfigureError>(())
/// ```
#[derive(Default)]
#[must_use = "nothing changes before `apply()`"]
pub struct Configuration {
    terminate_on_logoff: Option<bool>,
    terminate_on_hup: Option<bool>,
    max_exec_time: Option<Duration>,
    max_attempts: Option<u32>,
    unwind_time: Option<Duration>,
    before_termination: Option<Option<Callback>>,
    before_hup: Option<Option<Callback>>,
    exit_status: Option<ExitStatus>,
    core_dump: Option<bool>,
}

impl Configuration {
    /// Does a logoff end the program? Default: `true`. With `false` nothing is done about it; Windows may still end the
    /// program, unless it is a service. Windows only; elsewhere the value is kept and means nothing.
    ///
    /// ```
    /// shutdown_protection::configure_shutdown_manager().terminate_on_logoff(false).apply()?;
    /// # Ok::<(), shutdown_protection::ConfigureError>(())
    /// ```
    pub fn terminate_on_logoff(mut self, terminate: bool) -> Self {
        self.terminate_on_logoff = Some(terminate);
        self
    }

    /// Does `SIGHUP` end the program? Default: `true`. Unix only, as all about `SIGHUP`. With `false` it only calls
    /// [`before_hup`](Self::before_hup), if there is one.
    ///
    /// ```
    /// use shutdown_protection::configure_shutdown_manager;
    ///
    /// // A daemon that reads its configuration again.
    /// configure_shutdown_manager().before_hup(|| println!("reading it again")).terminate_on_hup(false).apply()?;
    /// # Ok::<(), shutdown_protection::ConfigureError>(())
    /// ```
    pub fn terminate_on_hup(mut self, terminate: bool) -> Self {
        self.terminate_on_hup = Some(terminate);
        self
    }

    /// The time of a block that names none. Default: 89.5 s; on Windows 4.5 s, which is 0.5 s less than it usually grants. It
    /// also bounds how long a callback may hold up
    /// the end, and within which time of the delivered end [`run_at_exit`](crate::ProtectionBuilder::run_at_exit) blocks
    /// must be started to hold it. Must be more than zero.
    ///
    /// ```
    /// use std::time::Duration;
    /// use shutdown_protection::configure_shutdown_manager;
    ///
    /// configure_shutdown_manager().max_exec_time(Duration::from_secs(25)).apply()?;
    /// # Ok::<(), shutdown_protection::ConfigureError>(())
    /// ```
    pub fn max_exec_time(mut self, time: Duration) -> Self {
        self.max_exec_time = Some(time);
        self
    }

    /// The attempt that ends the process at once, blocks or not. Default: 3. Must be at least 1.
    ///
    /// ```standalone_crate
    /// use shutdown_protection::configure_shutdown_manager;
    ///
    /// configure_shutdown_manager().max_attempts(1).apply()?; // no protection against a signal
    /// assert!(configure_shutdown_manager().max_attempts(0).apply().is_err());
    /// # Ok::<(), shutdown_protection::ConfigureError>(())
    /// ```
    pub fn max_attempts(mut self, attempts: u32) -> Self {
        self.max_attempts = Some(attempts);
        self
    }

    /// How long the program may unwind once the end was delivered to it; then the process is ended all the
    /// same. Default: 0.5 s. Must be more than zero. Where Windows is about to end the program, that comes 0.1 s before it does.
    ///
    /// ```
    /// use std::time::Duration;
    /// use shutdown_protection::configure_shutdown_manager;
    ///
    /// configure_shutdown_manager().unwind_time(Duration::from_secs(2)).apply()?;
    /// # Ok::<(), shutdown_protection::ConfigureError>(())
    /// ```
    pub fn unwind_time(mut self, time: Duration) -> Self {
        self.unwind_time = Some(time);
        self
    }

    /// Called once a shutdown, when the last block is done, immediately before the end: in the thread whose
    /// block was the last, else in a helper thread. If it panics, that is logged and the end goes on. It
    /// may hold up the end by [`max_exec_time`](Self::max_exec_time) at the most, after the last attempt
    /// by [`unwind_time`](Self::unwind_time), and until 0.3 s before Windows ends the program.
    ///
    /// ```
    /// use shutdown_protection::configure_shutdown_manager;
    ///
    /// configure_shutdown_manager().before_termination(|| eprintln!("going down")).apply()?;
    /// # Ok::<(), shutdown_protection::ConfigureError>(())
    /// ```
    pub fn before_termination(mut self, callback: impl Fn() + Send + Sync + 'static) -> Self {
        self.before_termination = Some(Some(Arc::new(callback)));
        self
    }

    /// Removes the callback.
    ///
    /// ```
    /// use shutdown_protection::configure_shutdown_manager;
    ///
    /// configure_shutdown_manager().without_before_termination().apply()?;
    /// # Ok::<(), shutdown_protection::ConfigureError>(())
    /// ```
    pub fn without_before_termination(mut self) -> Self {
        self.before_termination = Some(None);
        self
    }

    /// Called at each `SIGHUP`, before what the event does, whatever [`terminate_on_hup`](Self::terminate_on_hup)
    /// says; in a helper thread. While it runs, it holds the end of the process back, that by other events too, by
    /// [`max_exec_time`](Self::max_exec_time) at the most. If it panics, that is logged. Where `SIGHUP` was ignored when the
    /// program started (`nohup`), it is called and that is all.
    ///
    /// ```
    /// use shutdown_protection::configure_shutdown_manager;
    ///
    /// configure_shutdown_manager().before_hup(|| eprintln!("the terminal has gone")).apply()?;
    /// # Ok::<(), shutdown_protection::ConfigureError>(())
    /// ```
    pub fn before_hup(mut self, callback: impl Fn() + Send + Sync + 'static) -> Self {
        self.before_hup = Some(Some(Arc::new(callback)));
        self
    }

    /// Removes the callback.
    ///
    /// ```
    /// use shutdown_protection::configure_shutdown_manager;
    ///
    /// configure_shutdown_manager().without_before_hup().apply()?;
    /// # Ok::<(), shutdown_protection::ConfigureError>(())
    /// ```
    pub fn without_before_hup(mut self) -> Self {
        self.before_hup = Some(None);
        self
    }

    /// What the process ends with. Default: [`ExitStatus::Signal`].
    ///
    /// ```
    /// use shutdown_protection::{ExitStatus, configure_shutdown_manager};
    ///
    /// configure_shutdown_manager().exit_status(ExitStatus::Code(0)).apply()?;
    /// assert!(configure_shutdown_manager().exit_status(ExitStatus::Code(256)).apply().is_err());
    /// # Ok::<(), shutdown_protection::ConfigureError>(())
    /// ```
    pub fn exit_status(mut self, status: ExitStatus) -> Self {
        self.exit_status = Some(status);
        self
    }

    /// May `SIGQUIT` leave a core file, as it does by default in programs without this library? Default:
    /// `false`. Unix only.
    ///
    /// ```
    /// shutdown_protection::configure_shutdown_manager().core_dump(true).apply()?;
    /// # Ok::<(), shutdown_protection::ConfigureError>(())
    /// ```
    pub fn core_dump(mut self, core_dump: bool) -> Self {
        self.core_dump = Some(core_dump);
        self
    }
}

/// Puts back the handlers that stood before ours, where ours is still the one that is installed; gives the
/// events for which it did.
///
/// From then on those events do again what they did without this library, also inside open blocks. The next
/// block that starts installs the handlers anew; so do [`Configuration::apply`], [`wait()`](crate::wait),
/// [`requested()`](crate::requested) and [`request_shutdown()`](crate::request_shutdown).
///
/// ```
/// shutdown_protection::restore_handlers(); // nothing was installed: nothing changes
/// ```
pub fn restore_handlers() -> Vec<crate::ShutdownEvent> {
    Engine::current().map_or_else(Vec::new, Engine::restore_handlers)
}
