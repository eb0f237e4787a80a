//! The future that runs another one as a protected block.

use std::fmt;
use std::future::Future;
use std::panic::Location;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll};

use super::block::AsyncBlock;
use super::polled::Polled;
use crate::builder::ProtectionBuilder;
use crate::engine::{Engine, GATE};
use crate::error::Interrupted;
use crate::machine::{Ending, Input};
use crate::os;
use crate::protection::installed;

/// Runs a future as a protected block, whose owner it is. The block starts at the first poll.
///
/// While nothing is pending, it only runs. With a shutdown pending it runs on, too, until its own breakpoint
/// (see [`future`](crate::future)) or its end; **at its deadline it is dropped** where it waits, and the result says
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
/// If a `Duration` of zero is given; as [`ShutdownProtection::start`](crate::ShutdownProtection::start), at the first poll;
/// and if polled again after it has ended.
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
///
/// ```
/// use std::time::Duration;
/// use shutdown_protection::{Interrupted, ProtectAsync, protect_async};
///
/// async fn both<F: Future>(steps: ProtectAsync<F>) -> Result<F::Output, Interrupted> {
///     steps.await
/// }
/// # futures_lite::future::block_on(async {
/// assert_eq!(both(protect_async(Duration::from_secs(4), async { 2 })).await, Ok(2));
/// # });
/// ```
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
            Some(block) => Arc::clone(block.here()),
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
        // In the child of a fork what another thread did with the waker just then would never be done.
        if block.is_home() {
            // Before the look at the time: a wake-up at the deadline that comes in between is not lost.
            block.waker.register(context.waker());
        }
        block.slot.set_on_main(os::thread::is_main_cached());
        if !GATE.is_calm(|| block.calm) && block.is_home() {
            if let Err(interrupted) = installed().deadline(&*block) {
                // The block is open until the future's destructors have run, and around what they do.
                this.end();
                return Poll::Ready(Err(interrupted));
            }
        }
        let polled = Arc::as_ptr(&block);
        match Polled::during(block, || future.as_mut().poll(context)) {
            Poll::Ready(output) => {
                this.future = None;
                this.finish();
                Poll::Ready(Ok(output))
            }
            Poll::Pending => {
                // Has it come home in this poll? A wake-up that came before this is repeated soon.
                if let Some(heir) = this.block.as_ref().map(AsyncBlock::here).filter(|heir| Arc::as_ptr(heir) != polled)
                {
                    heir.waker.register(context.waker());
                }
                Poll::Pending
            }
        }
    }
}

impl<F: Future> ProtectAsync<F> {
    /// Drops the future, and ends the block: also if a destructor of the future's panics.
    fn end(&mut self) {
        struct Finish<'a, F: Future>(&'a mut ProtectAsync<F>);
        impl<F: Future> Drop for Finish<'_, F> {
            fn drop(&mut self) {
                self.0.finish();
            }
        }
        Finish(self).0.drop_future();
    }

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
        let block = block.here();
        // What has come by now came within the block. Not in one stay: to let go of it may run code of others.
        if !GATE.is_calm(|| block.calm) && block.is_home() {
            if let Some(engine) = Engine::current() {
                engine.take_events();
            }
        }
        if block.end() {
            GATE.light();
            if !GATE.still_calm(|| block.calm) {
                if let Some(engine) = Engine::current() {
                    engine.ended(Input::Ended(Ending::Unwinding), false, || ());
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
        self.end();
    }
}

impl<F: Future> fmt::Debug for ProtectAsync<F> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ProtectAsync").field("options", &self.options).finish_non_exhaustive()
    }
}
