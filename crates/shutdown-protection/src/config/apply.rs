//! A change of the configuration is checked as a whole, and then put in force.

use std::fmt;
use std::time::Duration;

use super::{Configuration, ExitStatus, Settings};
use crate::engine;
use crate::error::ConfigureError;
use crate::time::Span;

impl Configuration {
    /// Checks all values, installs the handlers where they are not, and puts the change in force.
    ///
    /// A handler that another library had installed over ours becomes our guest (C27).
    ///
    /// ```
    /// use std::time::Duration;
    /// use shutdown_protection::configure_shutdown_manager;
    ///
    /// let change = configure_shutdown_manager().max_exec_time(Duration::ZERO).max_attempts(5);
    /// let error = change.apply().unwrap_err(); // the attempts have not changed either
    /// assert_eq!(error.to_string(), "max_exec_time must be more than zero, not 0ns");
    /// ```
    ///
    /// # Errors
    ///
    /// An argument is out of its range, or the system refuses a handler or a thread. Nothing has changed
    /// then.
    pub fn apply(self) -> Result<(), ConfigureError> {
        self.check()?;
        let engine = engine::installed().map_err(ConfigureError::install)?;
        engine.configure(|settings| self.change(settings)).map_err(ConfigureError::install)
    }

    fn check(&self) -> Result<(), ConfigureError> {
        for (name, time) in [("max_exec_time", self.max_exec_time), ("unwind_time", self.unwind_time)] {
            if time.is_some_and(|time| time.is_zero()) {
                return Err(ConfigureError::argument(name, "more than zero", Duration::ZERO));
            }
        }
        if self.max_attempts == Some(0) {
            return Err(ConfigureError::argument("max_attempts", "at least 1", 0));
        }
        match self.exit_status {
            Some(ExitStatus::Code(code)) if !cfg!(windows) && !(0..=255).contains(&code) => {
                Err(ConfigureError::argument("exit_status", "from 0 to 255", code))
            }
            _ => Ok(()),
        }
    }

    fn change(self, settings: &mut Settings) {
        fn set<T>(place: &mut T, value: Option<T>) {
            if let Some(value) = value {
                *place = value;
            }
        }
        set(&mut settings.terminate_on_logoff, self.terminate_on_logoff);
        set(&mut settings.terminate_on_hup, self.terminate_on_hup);
        set(&mut settings.max_exec_time, self.max_exec_time.map(Span::from));
        set(&mut settings.max_attempts, self.max_attempts);
        set(&mut settings.unwind_time, self.unwind_time.map(Span::from));
        set(&mut settings.before_termination, self.before_termination);
        set(&mut settings.before_hup, self.before_hup);
        set(&mut settings.exit_status, self.exit_status);
        set(&mut settings.core_dump, self.core_dump);
    }
}

impl fmt::Debug for Configuration {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Configuration")
            .field("max_exec_time", &self.max_exec_time)
            .field("max_attempts", &self.max_attempts)
            .field("unwind_time", &self.unwind_time)
            .field("exit_status", &self.exit_status)
            .finish_non_exhaustive()
    }
}
