//! The guard: a block in the code of a thread.

use std::cell::Cell;
use std::fmt;
use std::marker::PhantomData;
use std::panic::Location;
use std::time::Duration;

mod closure;
mod life;
mod time;

use crate::blocks::options::Options;
use crate::blocks::slot::Slot;
use crate::builder::{self, ProtectionBuilder};
use crate::engine::{self, Engine, GATE};
use crate::error::Interrupted;
use crate::time::Time;

pub use closure::protect;

/// A protected block: from its start to its drop, a request to exit does not tear the code, until its time is
/// up.
///
/// It belongs to the thread that started it (it is not `Send`), and blocks nest.
///
/// # How it ends
///
/// With a shutdown pending,
///
/// - [`allow_break()`](Self::allow_break) and [`finish()`](Self::finish) answer `Err(`[`Interrupted`]`)`:
///   unwind, and let `main` return. The block counts as open until the guard is dropped, so that what you do
///   before is still protected; then the process has `unwind_time` (0.5 s) to end by itself, and dies by the
///   signal in any case;
/// - a guard that is **only dropped**, and was never interrupted, ends the process in its drop, if it is the
///   last open block: **no code behind it runs**, no other destructor, no `finally`-like code. (Not while the
///   thread panics: then the program unwinds.) Use [`finish()`](Self::finish) or
///   [`protect()`](crate::protect) to get an `Err` there;
/// - a guard that is dropped while other blocks are open ends nothing; its thread goes on, unprotected.
///
/// With nothing pending, all of these just go on.
///
/// # On Windows
///
/// After [`CtrlClose`](crate::ShutdownEvent::CtrlClose) (by the console), [`CtrlLogoff`](crate::ShutdownEvent::CtrlLogoff) and
/// [`CtrlShutdown`](crate::ShutdownEvent::CtrlShutdown) the system ends the process, in a time that is read from it. Every
/// block has lapsed 0.5 s before that: no `max_exec_time`, `drain_time` or renewal gives more. The status is
/// `STATUS_CONTROL_C_EXIT` where other systems have the death by the signal.
///
/// ```
/// use std::time::Duration;
/// use shutdown_protection::ShutdownProtection;
///
/// fn main() -> Result<(), Box<dyn std::error::Error>> {
///     let block = ShutdownProtection::start_for(Duration::from_secs(4))?;
///     for transfer in 0..10 {
///         // write the ledger, move the receipt: never one without the other
///         block.allow_break()?; // and 4 s for the next one
///     }
///     block.finish()?;
///     Ok(())
/// }
/// ```
///
/// A guard stays in its thread, and cannot be used after its end:
///
/// ```compile_fail,E0277
/// let block = shutdown_protection::ShutdownProtection::start().unwrap();
/// std::thread::spawn(move || block.allow_break());
/// ```
///
/// ```compile_fail,E0382
/// let block = shutdown_protection::ShutdownProtection::start().unwrap();
/// block.finish().unwrap();
/// block.allow_break();
/// ```
#[must_use = "a guard that is dropped at once protects nothing: bind it to a variable, not to `_`"]
pub struct ShutdownProtection {
    /// All that a guard is: one pointer, so that a `Result` of it travels in registers. A `Cell`: a guard that a child
    /// of `fork` inherited gets a slot of the child's (C23).
    slot: Cell<&'static Slot>,
    /// An owner is a thread: neither `Send` nor `Sync`.
    _owner: PhantomData<*const ()>,
}

impl ShutdownProtection {
    /// Starts a block with the configured `max_exec_time` (by default 89.5 s, on Windows 4.5 s).
    ///
    /// ```
    /// use shutdown_protection::ShutdownProtection;
    ///
    /// let block = ShutdownProtection::start()?;
    /// // ... two steps that belong together
    /// block.finish()?;
    /// # Ok::<(), shutdown_protection::Interrupted>(())
    /// ```
    ///
    /// # Errors
    ///
    /// A shutdown is pending, and this thread has no other block open: the block was not started (C12). Inside
    /// `before_termination`, and in exit functions (`atexit`) that were registered before the first use of this crate, it is
    /// started all the same; in those that were registered later, which run before the crate knows of the exit, with
    /// [`run_at_exit`](crate::ProtectionBuilder::run_at_exit) only.
    ///
    /// # Panics
    ///
    /// At the first use in the process, if the system refuses the handlers or the supervisor's thread.
    /// [`configure_shutdown_manager()`](crate::configure_shutdown_manager) answers with an error instead.
    #[track_caller]
    pub fn start() -> Result<Self, Interrupted> {
        Self::builder().start()
    }

    /// Starts a block with this `max_exec_time`, which must be more than zero.
    ///
    /// ```
    /// use std::time::Duration;
    /// use shutdown_protection::ShutdownProtection;
    ///
    /// let block = ShutdownProtection::start_for(Duration::from_secs(4))?;
    /// assert!(block.remaining() > Duration::from_secs(3));
    /// # Ok::<(), shutdown_protection::Interrupted>(())
    /// ```
    ///
    /// # Errors
    ///
    /// As [`start()`](Self::start).
    ///
    /// # Panics
    ///
    /// If the time is zero; and as [`start()`](Self::start).
    #[track_caller]
    #[inline]
    pub fn start_for(max_exec_time: Duration) -> Result<Self, Interrupted> {
        let options = Options {
            budget: builder::checked("max_exec_time", max_exec_time),
            drain: false,
            regardless: false,
            name: None,
        };
        Self::open(&options, Location::caller())
    }

    /// A block with a name, or with other options.
    ///
    /// ```
    /// use std::time::Duration;
    /// use shutdown_protection::ShutdownProtection;
    ///
    /// let block = ShutdownProtection::builder().name("transfer").max_exec_time(Duration::from_secs(4)).start()?;
    /// # drop(block);
    /// # Ok::<(), shutdown_protection::Interrupted>(())
    /// ```
    pub fn builder() -> ProtectionBuilder {
        ProtectionBuilder::default()
    }

    /// A breakpoint: here the program may be stopped, and the block gets its time again if it is not.
    ///
    /// With nothing pending this costs some nanoseconds. Inside an outer block of the same thread that has
    /// not lapsed it does not interrupt (C13). The main thread first waits for the blocks of other
    /// threads (C18).
    ///
    /// ```
    /// use shutdown_protection::ShutdownProtection;
    ///
    /// let block = ShutdownProtection::start()?;
    /// for _transfer in 0..3 {
    ///     // ... two steps that belong together
    ///     block.allow_break()?;
    /// }
    /// # Ok::<(), shutdown_protection::Interrupted>(())
    /// ```
    ///
    /// # Errors
    ///
    /// A shutdown is pending. So does each further call, until the guard is dropped (C9).
    #[inline]
    pub fn allow_break(&self) -> Result<(), Interrupted> {
        if GATE.is_calm(|| self.calm()) {
            self.slot.get().renew(Time::now_or_later());
            return Ok(());
        }
        self.allow_break_slowly(true)
    }

    /// A breakpoint that does not give the block its time again.
    ///
    /// ```
    /// use std::time::Duration;
    /// use shutdown_protection::ShutdownProtection;
    ///
    /// // All transfers together have 4 s.
    /// let block = ShutdownProtection::start_for(Duration::from_secs(4))?;
    /// for _transfer in 0..3 {
    ///     block.allow_break_without_renewal()?;
    /// }
    /// # Ok::<(), shutdown_protection::Interrupted>(())
    /// ```
    ///
    /// # Errors
    ///
    /// As [`allow_break()`](Self::allow_break).
    #[inline]
    pub fn allow_break_without_renewal(&self) -> Result<(), Interrupted> {
        if GATE.is_calm(|| self.calm()) {
            return Ok(());
        }
        self.allow_break_slowly(false)
    }

    #[cold]
    fn allow_break_slowly(&self, renew: bool) -> Result<(), Interrupted> {
        self.come_home();
        Engine::current().map_or(Ok(()), |engine| engine.breakpoint(&self.block(), renew))
    }
}

impl fmt::Debug for ShutdownProtection {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ShutdownProtection").field("remaining", &self.remaining()).finish_non_exhaustive()
    }
}

/// The engine, installed if it was not.
#[track_caller]
pub(crate) fn installed() -> &'static Engine {
    match engine::installed() {
        Ok(engine) => engine,
        Err(error) => panic!("the shutdown handlers could not be installed: {error}"),
    }
}
