//! The time of a guard's block: given anew, asked for, up.

use std::time::Duration;

use super::ShutdownProtection;
use crate::builder;
use crate::engine::{Engine, GATE};
use crate::error::Interrupted;
use crate::time::Time;

impl ShutdownProtection {
    /// Gives the block its `max_exec_time` again, from now. A `drain_time` runs from the event and is not
    /// renewed. On Windows neither gets more than
    /// the system grants: see [`ShutdownProtection`].
    ///
    /// ```
    /// use std::time::Duration;
    /// use shutdown_protection::ShutdownProtection;
    ///
    /// let block = ShutdownProtection::start_for(Duration::from_secs(4))?;
    /// // ... half of the work, which must not be stopped here
    /// block.renew(); // 4 s for the other half
    /// # Ok::<(), shutdown_protection::Interrupted>(())
    /// ```
    #[inline]
    pub fn renew(&self) {
        if GATE.is_calm(|| self.calm()) {
            self.slot.get().renew(Time::now_or_later());
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
    /// ```
    /// use std::time::Duration;
    /// use shutdown_protection::ShutdownProtection;
    ///
    /// let block = ShutdownProtection::start_for(Duration::from_secs(4))?;
    /// block.renew_for(Duration::from_secs(60)); // the next step may take longer
    /// assert!(block.remaining() > Duration::from_secs(59));
    /// # Ok::<(), shutdown_protection::Interrupted>(())
    /// ```
    ///
    /// # Panics
    ///
    /// If the time is zero.
    #[track_caller]
    pub fn renew_for(&self, max_exec_time: Duration) {
        let budget = builder::checked("max_exec_time", max_exec_time);
        self.slot.get().renew_for(budget, Time::now_or_later());
        self.renew();
    }

    /// Is the time of this thread's blocks up, with a shutdown pending? For code that cannot be stopped at
    /// any breakpoint but can give up: a thread cannot be interrupted from outside.
    ///
    /// ```
    /// use shutdown_protection::ShutdownProtection;
    ///
    /// let block = ShutdownProtection::start()?;
    /// for _row in 0..1_000 {
    ///     // ... one row of a table that must be written as a whole
    ///     block.check_deadline()?; // Err: undo it while there is time
    /// }
    /// # Ok::<(), shutdown_protection::Interrupted>(())
    /// ```
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
    ///
    /// ```
    /// use std::time::Duration;
    /// use shutdown_protection::ShutdownProtection;
    ///
    /// let block = ShutdownProtection::start_for(Duration::from_secs(4))?;
    /// let for_the_query = block.remaining() / 2;
    /// assert!(for_the_query <= Duration::from_secs(3));
    /// # Ok::<(), shutdown_protection::Interrupted>(())
    /// ```
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
