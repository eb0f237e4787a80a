//! The configuration in force: its defaults, and what of it the rest of the engine reads.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use super::ExitStatus;
use crate::machine::Rules;
use crate::os;
use crate::time::Span;

/// The time of a block that names none, where the configuration names none: 0.5 s less than what service
/// managers grant on Unix, and than what Windows grants to a console program.
const DEFAULT_MAX_EXEC_TIME: Duration = Duration::from_millis(if cfg!(windows) { 4_500 } else { 89_500 });

/// The `max_exec_time` in force, in nanoseconds: the start of a block reads it without a lock.
static DEFAULT_BUDGET: AtomicU64 = AtomicU64::new(DEFAULT_MAX_EXEC_TIME.as_nanos() as u64);

/// The time of a block that names none.
pub(crate) fn default_budget() -> Span {
    Span(DEFAULT_BUDGET.load(Ordering::Relaxed))
}

pub(super) type Callback = Arc<dyn Fn() + Send + Sync>;

/// The whole configuration, as it is in force.
#[derive(Clone)]
pub(crate) struct Settings {
    pub(crate) terminate_on_logoff: bool,
    pub(crate) terminate_on_hup: bool,
    pub(crate) max_exec_time: Span,
    pub(crate) max_attempts: u32,
    pub(crate) unwind_time: Span,
    pub(crate) before_termination: Option<Callback>,
    pub(crate) before_hup: Option<Callback>,
    pub(crate) exit_status: ExitStatus,
    pub(crate) core_dump: bool,
}

impl Default for Settings {
    fn default() -> Self {
        Self {
            terminate_on_logoff: true,
            terminate_on_hup: true,
            max_exec_time: DEFAULT_MAX_EXEC_TIME.into(),
            max_attempts: 3,
            // A face that raises lets the program unwind as long as it likes, unless it is told otherwise (C24).
            unwind_time: if crate::face::get().is_some() { Span(u64::MAX) } else { Span::from_millis(500) },
            before_termination: None,
            before_hup: None,
            exit_status: ExitStatus::Signal,
            core_dump: false,
        }
    }
}

impl Settings {
    /// Makes known what is read without a lock.
    pub(crate) fn publish(&self) {
        DEFAULT_BUDGET.store(self.max_exec_time.0, Ordering::Relaxed);
        os::handler::set_fallback(self);
    }

    pub(crate) fn rules(&self) -> Rules {
        Rules {
            max_attempts: self.max_attempts,
            terminate_on_hup: self.terminate_on_hup && !os::install::hup_was_ignored(),
            terminate_on_logoff: self.terminate_on_logoff,
            before_hup: self.before_hup.is_some(),
            before_termination: self.before_termination.is_some(),
            callback_time: self.max_exec_time,
            unwind_time: self.unwind_time,
            raises: crate::face::get().is_some(),
        }
    }
}
