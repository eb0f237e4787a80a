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

use std::cell::Cell;
use std::fmt;
use std::future::Future;
use std::panic::Location;
use std::pin::Pin;
use std::ptr;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{Arc, Mutex, PoisonError, Weak};
use std::task::{Context, Poll};
use std::time::Duration;

use atomic_waker::AtomicWaker;

use crate::blocks::arena::{self, Arena};
use crate::blocks::options::Options;
use crate::blocks::slot::Slot;
use crate::builder::{self, ProtectionBuilder};
use crate::engine::owner::Owned;
use crate::engine::{Engine, GATE};
use crate::error::Interrupted;
use crate::gate::Gate;
use crate::machine::{Ending, Nest};
use crate::os;
use crate::protection::installed;
use crate::time::{Stamp, Time};

thread_local! {
    /// The innermost protected future that is being polled on this thread, or null: a list on the stack, through the
    /// polls. Plain data without a destructor, so that it can be asked at any time of the thread's life.
    static POLLED: Cell<*const Polled> = const { Cell::new(ptr::null()) };
}

/// The block of a future.
pub(crate) struct AsyncBlock {
    slot: &'static Slot,
    arena: &'static Arena,
    calm: u32,
    ended: AtomicBool,
    /// The protected future that this one was first polled in.
    outer: Option<Arc<AsyncBlock>>,
    /// The protected futures that were first polled in this one: its owner's deadline is the latest of all.
    inner: Mutex<Vec<Weak<AsyncBlock>>>,
    waker: AtomicWaker,
    /// For the supervisor: when it looks at this block next.
    pub(crate) next_look: AtomicU64,
}

impl AsyncBlock {
    /// Starts it, in the task that polls. The slot is of this thread's arena; the block may end on another.
    fn start(options: &Options, location: &'static Location<'static>) -> Result<Arc<Self>, Interrupted> {
        let engine = installed();
        let arena = arena::acquire();
        arena.expect_futures();
        let (slot, serial) = arena.take();
        let outer = Self::polled_here();
        let calm = Gate::calm(GATE.load());
        let block = Arc::new(Self {
            slot,
            arena,
            calm,
            ended: AtomicBool::new(false),
            outer,
            inner: Mutex::default(),
            waker: AtomicWaker::new(),
            next_look: AtomicU64::new(0),
        });
        if let Some(outer) = &block.outer {
            let mut inner = outer.inner.lock().unwrap_or_else(PoisonError::into_inner);
            // Only when it is full: amortised, each start looks at a constant number of them.
            if inner.len() == inner.capacity() {
                inner.retain(|inner| inner.upgrade().is_some_and(|inner| inner.is_open()));
            }
            inner.push(Arc::downgrade(&block));
        }
        let open = || {
            // The exact clock: an async deadline is kept to a fraction of a millisecond.
            slot.open(options, location, serial, calm, Stamp::exact(Time::now()));
            slot.set_future(Arc::into_raw(Arc::clone(&block)));
        };
        if GATE.is_calm(calm) {
            open();
            GATE.light();
            if GATE.still_calm(calm) {
                return Ok(block);
            }
            engine.admit(&*block, options.regardless, || ()).inspect_err(|_| {
                block.end();
                engine.refused();
            })?;
        } else {
            engine.admit(&*block, options.regardless, open).inspect_err(|_| arena.give(slot))?;
        }
        engine.watch(Arc::clone(&block));
        Ok(block)
    }

    /// Frees the slot. Once.
    fn end(&self) -> bool {
        if self.ended.swap(true, Ordering::AcqRel) || !self.is_home() {
            return false;
        }
        // Here, not where the last count goes: dropping a waker may run the task's destructors.
        drop(self.waker.take());
        let watched = self.slot.take_future();
        self.slot.free();
        if !watched.is_null() {
            // SAFETY: the count that `start` put there, taken out once.
            drop(unsafe { Arc::from_raw(watched) });
        }
        if self.arena.is_mine() {
            self.arena.give(self.slot);
        } else {
            self.arena.give_from_elsewhere(self.slot);
        }
        true
    }

    /// The supervisor takes over the count that lies in the slot.
    pub(crate) fn take(slot: &'static Slot) -> Option<Arc<Self>> {
        let block = slot.take_future();
        // SAFETY: not null: the count that `start` put there; whoever takes it out has it.
        (!block.is_null()).then(|| unsafe { Arc::from_raw(block) })
    }

    /// In the child of a fork a parent's future is not at home (C23).
    fn is_home(&self) -> bool {
        Gate::calm(GATE.load()) == self.calm
    }

    fn is_open(&self) -> bool {
        !self.ended.load(Ordering::Acquire)
    }

    pub(crate) fn wake(&self) {
        self.waker.wake();
    }

    /// This block and those around it.
    fn chain(&self) -> impl Iterator<Item = &Self> {
        std::iter::successors(Some(self), |block| block.outer.as_deref())
            .filter(|block| block.is_open() && block.is_home())
    }

    /// The latest deadline of the owner's blocks; `None` if this one has ended.
    pub(crate) fn owner_deadline(&self, first_at: Time) -> Option<Time> {
        self.is_open().then(|| self.latest_deadline(Some(first_at)))
    }

    /// Of those around it, this one, and those in it.
    fn latest_deadline(&self, first_event: Option<Time>) -> Time {
        let around = self.chain().map(|block| block.slot.deadline(first_event).unwrap_or(Time::NEVER)).max();
        around.max(self.latest_within(first_event)).unwrap_or(Time::NEVER)
    }

    fn latest_within(&self, first_event: Option<Time>) -> Option<Time> {
        let inner = self.inner.lock().unwrap_or_else(PoisonError::into_inner);
        let inner = inner.iter().filter_map(Weak::upgrade).filter(|inner| inner.is_open() && inner.is_home());
        inner
            .map(|inner| {
                let own = inner.slot.deadline(first_event).unwrap_or(Time::NEVER);
                inner.latest_within(first_event).map_or(own, |within| within.max(own))
            })
            .max()
    }

    /// The innermost future that is being polled on this thread. Also asked when the thread's destructors have run:
    /// nothing is polled there.
    fn polled_here() -> Option<Arc<Self>> {
        Polled::innermost().map(|polled| Arc::clone(&polled.block))
    }
}

impl Owned for AsyncBlock {
    fn slot(&self) -> &'static Slot {
        self.slot
    }

    fn nest(&self, now: Time, first_event: Option<Time>) -> Nest {
        let mut nest = Nest::default();
        for (depth, block) in self.chain().enumerate() {
            let deadline = block.slot.deadline(first_event).unwrap_or(Time::NEVER);
            if depth > 0 || !self.is_open() {
                nest.outer_open = true;
                nest.outer_holds |= deadline > now;
            }
        }
        nest.deadline = Some(self.latest_deadline(first_event));
        nest
    }

    fn waits_for_others(&self) -> bool {
        false
    }
}

/// A guard's nest, with the protected future around it that is being polled on this thread.
pub(crate) fn around(mut nest: Nest, now: Time, first_event: Option<Time>) -> Nest {
    if let Some(block) = AsyncBlock::polled_here() {
        for outer in block.chain() {
            let deadline = outer.slot.deadline(first_event).unwrap_or(Time::NEVER);
            nest.deadline = nest.deadline.max(Some(deadline));
            nest.outer_open = true;
            nest.outer_holds |= deadline > now;
        }
    }
    nest
}

/// Is a protected future being polled on this thread?
pub(crate) fn is_polled_here() -> bool {
    Polled::innermost().is_some()
}

/// Runs a future as a protected block, whose owner it is. The block starts at the first poll.
///
/// While nothing is pending, it only runs. With a shutdown pending it runs on, too, until its own breakpoint
/// (see [`future`](self)) or its end; **at its deadline it is dropped** where it waits, and the result says
/// so. `options`: a `Duration`, which is the `max_exec_time`, or a [`ProtectionBuilder`].
///
/// Nests across `.await`: within a protected future, an inner one does not interrupt while the outer one
/// holds, and the deadline is the latest of theirs. It needs no runtime, is cancel-safe (dropping it ends the
/// block) and is `Send` if the future is.
///
/// # Errors
///
/// The output is `Err(Interrupted)` if the future was dropped at its deadline, or was not started since a
/// shutdown was pending (C12). A future that ends by itself keeps its output, also then.
///
/// # Panics
///
/// As [`ShutdownProtection::start`](crate::ShutdownProtection::start), at the first poll; and if polled again
/// after it has ended.
///
/// ```
/// use std::time::Duration;
/// # futures_lite::future::block_on(async {
/// let answer = shutdown_protection::protect_async(Duration::from_secs(4), async { 42 }).await;
/// assert_eq!(answer, Ok(42));
/// # });
/// ```
#[track_caller]
pub fn protect_async<F: Future>(options: impl Into<ProtectionBuilder>, future: F) -> ProtectAsync<F> {
    ProtectAsync { options: options.into(), location: Location::caller(), block: None, future: Some(Box::pin(future)) }
}

/// The future of [`protect_async()`].
#[must_use = "a future does nothing unless it is awaited"]
pub struct ProtectAsync<F: Future> {
    options: ProtectionBuilder,
    location: &'static Location<'static>,
    block: Option<Arc<AsyncBlock>>,
    /// Boxed, so that it can be dropped where it waits; `None` when it has ended.
    future: Option<Pin<Box<F>>>,
}

impl<F: Future> Future for ProtectAsync<F> {
    type Output = Result<F::Output, Interrupted>;

    fn poll(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Self::Output> {
        let this = &mut *self;
        let Some(future) = this.future.as_mut() else {
            panic!("a protected future was polled after it had ended");
        };
        let block = match &this.block {
            Some(block) => Arc::clone(block),
            None => match AsyncBlock::start(&this.options.options(), this.location) {
                Ok(block) => {
                    this.block = Some(Arc::clone(&block));
                    block
                }
                Err(interrupted) => {
                    this.future = None;
                    return Poll::Ready(Err(interrupted));
                }
            },
        };
        // Before the look at the time: a wake-up at the deadline that comes in between is not lost.
        block.waker.register(context.waker());
        block.slot.set_on_main(os::thread::is_main_cached());
        if !GATE.is_calm(block.calm) && block.is_home() {
            if let Err(interrupted) = installed().deadline(&*block) {
                // The block is open until the future's destructors have run, and around what they do.
                this.drop_future();
                this.finish();
                return Poll::Ready(Err(interrupted));
            }
        }
        match Polled::during(block, || future.as_mut().poll(context)) {
            Poll::Ready(output) => {
                this.future = None;
                this.finish();
                Poll::Ready(Ok(output))
            }
            Poll::Pending => Poll::Pending,
        }
    }
}

impl<F: Future> ProtectAsync<F> {
    fn drop_future(&mut self) {
        let future = self.future.take();
        match &self.block {
            Some(block) => Polled::during(Arc::clone(block), || drop(future)),
            None => drop(future),
        }
    }

    /// Ends the block. The program unwinds with what the future gave: nothing is ended here.
    fn finish(&mut self) {
        let Some(block) = self.block.take() else { return };
        if block.end() {
            GATE.light();
            if !GATE.still_calm(block.calm) {
                if let Some(engine) = Engine::current() {
                    engine.ended(Ending::Unwinding, false);
                    // The owner's deadline may be an earlier one now.
                    if let Some(outer) = &block.outer {
                        engine.watch(Arc::clone(outer));
                    }
                }
            }
        }
    }
}

impl<F: Future> Drop for ProtectAsync<F> {
    fn drop(&mut self) {
        self.drop_future();
        self.finish();
    }
}

impl<F: Future> fmt::Debug for ProtectAsync<F> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ProtectAsync").field("options", &self.options).finish_non_exhaustive()
    }
}

/// A poll that is under way on this thread.
struct Polled {
    block: Arc<AsyncBlock>,
    outer: *const Polled,
}

impl Polled {
    /// For the time of `poll`, also if it panics, the block is the innermost one on this thread.
    fn during<T>(block: Arc<AsyncBlock>, poll: impl FnOnce() -> T) -> T {
        /// Puts back what was before, while the poll's own entry still lives.
        struct Leave(*const Polled);
        impl Drop for Leave {
            fn drop(&mut self) {
                POLLED.set(self.0);
            }
        }
        let polled = Self { block, outer: POLLED.get() };
        let _leave = Leave(polled.outer);
        POLLED.set(&raw const polled);
        poll()
    }

    fn innermost<'a>() -> Option<&'a Self> {
        // SAFETY: null, or an entry on this thread's stack that lives until `Leave` takes it out; callers use it at once.
        unsafe { POLLED.get().as_ref() }
    }
}

/// In the child of a fork: the parent's futures are not polled there.
pub(crate) fn forked() {
    POLLED.set(ptr::null());
}

/// The program exits inside of these futures: they will not be polled again.
pub(crate) fn end_those_polled_here() {
    let mut polled = Polled::innermost();
    while let Some(entry) = polled {
        entry.block.end();
        // SAFETY: as in `innermost`.
        polled = unsafe { entry.outer.as_ref() };
    }
}

/// A breakpoint of the protected future: here it may be stopped, and it gets its time again if it is not.
///
/// Outside of any protected future there is no block to renew: it only answers whether a shutdown is pending.
///
/// # Errors
///
/// A shutdown is pending, and no outer protected future holds it off. Return from the future with it.
pub fn allow_break() -> Result<(), Interrupted> {
    at_breakpoint(true)
}

/// A breakpoint that does not give the block its time again.
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
    if GATE.is_calm(block.calm) || !block.is_home() {
        if renew {
            block.slot.renew(Stamp::exact(Time::now()));
        }
        return Ok(());
    }
    installed().breakpoint(&*block, renew)
}

/// Gives the protected future its `max_exec_time` again, from now. Outside of one it does nothing.
pub fn renew() {
    if let Some(block) = AsyncBlock::polled_here() {
        block.slot.renew(Stamp::exact(Time::now()));
        if !GATE.is_calm(block.calm) && block.is_home() {
            let engine = installed();
            engine.renew(&*block);
            engine.watch(block);
        }
    }
}

/// Gives the protected future this time, from now (a `drain_time`: from the event), and at its further
/// renewals. Outside of one it does nothing.
///
/// # Panics
///
/// If the time is zero.
#[track_caller]
pub fn renew_for(max_exec_time: Duration) {
    let budget = builder::checked("max_exec_time", max_exec_time);
    if let Some(block) = AsyncBlock::polled_here() {
        block.slot.set_budget(budget);
        renew();
    }
}

/// Is the protected future's time up, with a shutdown pending? For code that computes for long without an
/// `.await`.
///
/// # Errors
///
/// The time is up. Outside of a protected future: never.
pub fn check_deadline() -> Result<(), Interrupted> {
    match AsyncBlock::polled_here() {
        Some(block) if !GATE.is_calm(block.calm) && block.is_home() => installed().deadline(&*block),
        _ => Ok(()),
    }
}

/// The time that the protected future has left; `None` outside of one, and for a `drain_time` that does not
/// run yet.
#[must_use]
pub fn remaining() -> Option<Duration> {
    let block = AsyncBlock::polled_here()?;
    let first_at = Engine::current().and_then(Engine::first_at);
    Some(Time::now().until(block.slot.deadline(first_at)?))
}
