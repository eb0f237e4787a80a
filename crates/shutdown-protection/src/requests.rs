//! Asking for a shutdown, and asking about it.

use std::fmt;
use std::future::Future;
use std::mem::ManuallyDrop;
use std::pin::Pin;
use std::ptr;
use std::task::{Context, Poll};
use std::time::Duration;

use event_listener::EventListener;

use crate::engine::{Engine, GATE, WAITERS};
use crate::error::CannotCancel;
use crate::event::ShutdownEvent;
use crate::gate::{ATTENTION, PENDING};
use crate::machine::Input;
use crate::os;
use crate::protection::installed;
use crate::time::{Span, Time};

/// Asks for a shutdown, as an event from outside does; it is no attempt, and the exit status is 0.
///
/// With a block open, the shutdown becomes pending. With none, the process ends here and now, after
/// `before_termination`, as after a signal: no destructor and no exit function runs, and this does not
/// return.
///
/// ```standalone_crate
/// use shutdown_protection::{ShutdownProtection, cancel_shutdown, is_requested, request_shutdown};
///
/// let block = ShutdownProtection::start().unwrap();
/// request_shutdown();
/// assert!(is_requested());
/// assert!(block.allow_break().is_err());
/// cancel_shutdown().unwrap();
/// assert!(block.allow_break().is_ok());
/// ```
///
/// # Panics
///
/// As [`ShutdownProtection::start`](crate::ShutdownProtection::start).
pub fn request_shutdown() {
    let engine = installed();
    let mut session = engine.session();
    session.feed(Input::Event(ShutdownEvent::Request.into()));
    session.finish_here();
}

/// Forgets a shutdown that is pending or was delivered: the program lives on. Gives the number of owners that
/// had been interrupted already; they have to see for themselves what to make of it.
///
/// With nothing pending it does nothing, and gives 0.
///
/// ```standalone_crate
/// use shutdown_protection::{ShutdownProtection, cancel_shutdown, is_requested, request_shutdown};
///
/// let block = ShutdownProtection::start().unwrap();
/// request_shutdown();
/// assert!(block.allow_break().is_err());
/// assert_eq!(cancel_shutdown(), Ok(1));
/// assert!(!is_requested());
/// ```
///
/// # Errors
///
/// The process is already ending: `before_termination` runs, or the last attempt was made; or Windows will end it, after
/// the console was closed, at a logoff or a shutdown.
pub fn cancel_shutdown() -> Result<usize, CannotCancel> {
    Engine::current().map_or(Ok(0), Engine::cancel)
}

/// Is a shutdown pending? Costs less than a nanosecond while nothing is.
///
/// ```
/// while !shutdown_protection::is_requested() {
///     // ... look at the next row
/// #   break;
/// }
/// ```
#[inline]
#[must_use]
pub fn is_requested() -> bool {
    GATE.load() & (PENDING | ATTENTION) != 0 && is_pending()
}

/// The gate may be ahead of the machine's decision.
#[cold]
fn is_pending() -> bool {
    Engine::current().is_some_and(Engine::is_pending)
}

/// Waits until a shutdown is pending, at most for `timeout`; `true` if one is. Any thread may wait, and a
/// long timeout costs nothing.
///
/// Waiting holds no end: with no block open, an event ends the process at once. The handlers are installed, if they were
/// not.
///
/// ```
/// use std::time::Duration;
/// assert!(!shutdown_protection::wait(Duration::from_millis(1)));
/// ```
///
/// # Panics
///
/// As [`ShutdownProtection::start`](crate::ShutdownProtection::start).
#[must_use = "it tells whether a shutdown is pending or the time was up"]
pub fn wait(timeout: Duration) -> bool {
    let limit = Time::now().plus(Span::from(timeout));
    installed();
    if !os::wake::WAKES_ALL {
        return here().wait_while(limit, |core, _| (!core.machine.is_pending()).then_some(limit));
    }
    // At a doorbell of the waiters' own: the handler wakes this thread without a detour through the supervisor, and before
    // it.
    loop {
        let heard = WAITERS.hear();
        // A handler may have forked meanwhile: in the child it is the child's engine (C23).
        if here().is_pending() {
            return true;
        }
        let now = Time::now();
        if now >= limit {
            return false;
        }
        WAITERS.wait(heard, (limit != Time::NEVER).then(|| now.until(limit)));
    }
}

/// A future that is ready as soon as a shutdown is pending. Runs on any executor, and may be moved to any
/// thread.
///
/// It holds no end: with no block open, an event ends the process at once. The handlers are installed when it is made,
/// so that no event is lost before the first poll. A server holds a block with a
/// [`drain_time`](crate::ProtectionBuilder::drain_time) while it serves:
///
/// ```no_run
/// # use std::time::Duration;
/// # use shutdown_protection::{ShutdownProtection, requested};
/// # async fn serve_until(_: impl Future<Output = ()> + Send + 'static) {}
/// # async fn example() -> Result<(), Box<dyn std::error::Error>> {
/// let serving = ShutdownProtection::builder().drain_time(Duration::from_secs(25)).start()?;
/// serve_until(requested()).await; // axum::serve(listener, app).with_graceful_shutdown(requested()).await?
/// serving.finish()?;
/// # Ok(())
/// # }
/// ```
///
/// A child of `fork` may go on with it: there it is ready when a shutdown of the child is pending. Its next poll
/// installs the handlers in the child.
///
/// # Panics
///
/// As [`ShutdownProtection::start`](crate::ShutdownProtection::start); in the child of a `fork` also at the first poll.
#[must_use = "a future does nothing unless it is awaited"]
pub fn requested() -> Requested {
    installed();
    Requested { listening: None }
}

/// The future of [`requested()`].
///
/// ```
/// use shutdown_protection::{Requested, requested};
///
/// struct Server {
///     until: Requested,
/// }
/// let server = Server { until: requested() };
/// # drop(server.until);
/// ```
#[must_use = "a future does nothing unless it is awaited"]
pub struct Requested {
    listening: Option<Listening>,
}

/// A place among those whom this engine notifies.
struct Listening {
    engine: &'static Engine,
    listener: ManuallyDrop<EventListener>,
}

impl Listening {
    fn at(engine: &'static Engine) -> Self {
        Self { engine, listener: ManuallyDrop::new(engine.requested.listen()) }
    }
}

impl Drop for Listening {
    fn drop(&mut self) {
        // Engines are never freed, so no other one has its address. In the child of a fork the parent's list may be
        // locked for ever (C23): the place in it is left as it is.
        if Engine::current().is_some_and(|engine| ptr::eq(engine, self.engine)) {
            // SAFETY: once, and nobody uses it after the drop.
            unsafe { ManuallyDrop::drop(&mut self.listener) };
        }
    }
}

/// The engine of this process, which is another one than at the last look if a fork lies between. Handlers that were
/// restored stay so.
fn here() -> &'static Engine {
    Engine::current().unwrap_or_else(installed)
}

impl Future for Requested {
    type Output = ();

    fn poll(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<()> {
        loop {
            let engine = here();
            if engine.is_pending() {
                return Poll::Ready(());
            }
            // Listen first, then look again: a shutdown that becomes pending in between is seen by the look.
            let Some(listening) = self.listening.as_mut().filter(|listening| ptr::eq(listening.engine, engine)) else {
                self.listening = Some(Listening::at(engine));
                continue;
            };
            match Pin::new(&mut *listening.listener).poll(context) {
                Poll::Ready(()) => self.listening = None,
                Poll::Pending => return Poll::Pending,
            }
        }
    }
}

impl fmt::Debug for Requested {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Requested").finish_non_exhaustive()
    }
}
