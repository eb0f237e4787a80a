//! The time of a guard's block: given anew, asked for, up.

use std::time::Duration;

use super::ShutdownProtection;
use crate::builder;
use crate::engine::{Engine, GATE};
use crate::error::Interrupted;
use crate::time::{Stamp, Time};

impl ShutdownProtection {
    /// Gives the block its `max_exec_time` again, from now. A `drain_time` runs from the event and is not
    /// renewed. On Windows neither gets more than
    /// the system grants: see [`ShutdownProtection`].
    #[inline]
    pub fn renew(&self) {
        if GATE.is_calm(|| self.calm()) {
            self.slot.get().renew(Stamp::now());
        } else {
            self.renew_slowly();
        }
    }

    #[cold]
    fn renew_slowly(&self) {
        self.come_home();
        if let Some(engine) = Engine::current() {
            engine.renew(&self.block());
        }
    }

    /// Gives the block this time, from now (a `drain_time`: from the event), and at its further renewals.
    ///
    /// # Panics
    ///
    /// If the time is zero.
    #[track_caller]
    pub fn renew_for(&self, max_exec_time: Duration) {
        self.slot.get().set_budget(builder::checked("max_exec_time", max_exec_time));
        self.renew();
    }

    /// Is the time of this thread's blocks up, with a shutdown pending? For code that cannot be stopped at
    /// any breakpoint but can give up: a thread cannot be interrupted from outside.
    ///
    /// # Errors
    ///
    /// The time is up, or the last attempt was made: the process will end within `unwind_time`.
    #[inline]
    pub fn check_deadline(&self) -> Result<(), Interrupted> {
        if GATE.is_calm(|| self.calm()) {
            return Ok(());
        }
        self.check_deadline_slowly()
    }

    #[cold]
    fn check_deadline_slowly(&self) -> Result<(), Interrupted> {
        match Engine::current() {
            Some(engine) if self.is_home() => engine.deadline(&self.block()),
            _ => Ok(()),
        }
    }

    /// The time that the block has left; zero if it has lapsed. A `drain_time` that does not run yet has all
    /// of it left.
    #[must_use]
    pub fn remaining(&self) -> Duration {
        let slot = self.slot.get();
        let bounds = Engine::current().and_then(Engine::bounds);
        match slot.deadline(bounds) {
            Some(deadline) => Time::now().until(deadline),
            None => slot.options().budget.into(),
        }
    }
}
