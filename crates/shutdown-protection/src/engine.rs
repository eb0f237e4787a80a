//! The one engine of the process: the machine and what it needs, behind a lock that only those take who have
//! something to attend to.
//!
//! Handlers put events into the [mailbox](crate::mailbox); whoever comes first, the supervisor or an owner at
//! its breakpoint, takes them out under the lock and feeds them to the [machine](crate::machine). So an owner
//! that calls `allow_break()` after a signal came sees it at once, and the supervisor does not have to be
//! quick for a rule to hold.
//!
//! Effects are levels in [`Core`], not messages: they stay until someone carries them out, without the lock.
//! An owner that ends its block does what its end asks for; the rest is the supervisor's.

use std::io;
use std::ptr;
use std::sync::atomic::{AtomicPtr, Ordering};
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use event_listener::Event;

use crate::config::Settings;
use crate::doorbell::Doorbell;
use crate::error::CannotCancel;
use crate::event::ShutdownEvent;
use crate::future::AsyncBlock;
use crate::gate::{FENCED, GUEST, Gate, NOT_INSTALLED};
use crate::guests;
use crate::host::HOST;
use crate::machine::{Bounds, Effects, Input};
use crate::mailbox::Mailbox;
use crate::os;
use crate::time::Time;

mod core;
mod lifecycle;
pub(crate) mod owner;
mod session;
pub(crate) mod told;

pub(crate) use self::core::Core;
pub(crate) use lifecycle::{forked, installed};
pub(crate) use session::Session;

/// What the fast path and the handlers touch.
pub(crate) static GATE: Gate = Gate::new();
pub(crate) static MAILBOX: Mailbox = Mailbox::new();
/// Where the supervisor sleeps.
pub(crate) static DOORBELL: Doorbell = Doorbell::new();
/// Where those sleep who called [`wait()`](crate::wait), if the system can wake them all (`WAKES_ALL`). They are woken
/// first: each of them takes the events itself, and need not come behind the supervisor, whose work is done when they are on
/// their way. Where the system cannot, nobody ever sleeps here, and a ring is no system call.
pub(crate) static WAITERS: Doorbell = Doorbell::new();

/// The engine; null before the first installation, and in the child of a fork. Leaked: a few hundred bytes a
/// process.
static ENGINE: AtomicPtr<Engine> = AtomicPtr::new(ptr::null_mut());

pub(crate) struct Engine {
    core: Mutex<Core>,
    /// Notified at each change under the lock that someone may wait for in a blocking way.
    changed: Condvar,
    /// Notified when a shutdown becomes pending: [`requested()`](crate::requested).
    pub(crate) requested: Event,
}

impl Engine {
    fn new(settings: Settings) -> Self {
        Self { core: Mutex::new(Core::new(settings)), changed: Condvar::new(), requested: Event::new() }
    }

    /// The engine, if it was installed in this process.
    pub(crate) fn current() -> Option<&'static Self> {
        // SAFETY: null, or a leaked engine. Acquire pairs with the store in `lifecycle`.
        unsafe { ENGINE.load(Ordering::Acquire).as_ref() }
    }

    /// Is it still this process's? In the child that a callback has forked it is the parent's, whose lock may be locked for
    /// ever (C23): nothing is pending there.
    pub(crate) fn is_home(&self) -> bool {
        ptr::eq(ENGINE.load(Ordering::Acquire), self)
    }

    /// No code of the user runs under this lock, and it is held for microseconds; a panic under it would be a
    /// bug, and then an engine that goes on is better than a program that cannot end.
    fn lock(&self) -> MutexGuard<'_, Core> {
        self.core.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Waits for changes while `holds` says until when at the most it wants to be asked again; `false`:
    /// `limit` has come before. What waits in the parent of a fork is nothing to its child.
    pub(crate) fn wait_while(
        &'static self,
        limit: Time,
        mut holds: impl FnMut(&mut Core, Time) -> Option<Time>,
    ) -> bool {
        if !self.is_home() {
            return true;
        }
        let mut session = self.session();
        loop {
            let now = Time::now();
            let until = holds(session.core(), now);
            if until.is_none() || now >= limit {
                session.finish();
                return until.is_none();
            }
            // A moment at the least: an `until` of this instant must not become a busy loop.
            let left = now.until(until.unwrap_or(limit).min(limit)).max(Duration::from_micros(100));
            session = session.wait(left);
        }
    }

    /// The supervisor's part: what is due, and when to look again.
    pub(crate) fn supervise(&'static self) -> Due {
        let mut session = self.session();
        session.core().rung = false;
        session.feed(Input::Tick);
        let release = session.release_guests(false);
        let core = session.core();
        // What nobody else has woken the main thread for yet.
        core.for_main.wake();
        let again = core.for_main.look_again();
        let exact = [core.machine.next_tick(core.holds), release.next].into_iter().flatten().min();
        core.planned = [exact, again].into_iter().flatten().min();
        let effects = std::mem::take(&mut core.effects);
        let is_for_a_callback = effects.call_before_hup || effects.call_before_termination;
        let due = Due {
            effects,
            exact,
            again,
            newcomers: std::mem::take(&mut core.newcomers),
            release,
            settings: is_for_a_callback.then(|| Arc::clone(&core.settings)),
            bounds: core.bounds(),
        };
        session.tell();
        due
    }

    /// A callback has returned.
    pub(crate) fn callback_done(&'static self, input: Input) {
        if !self.is_home() {
            return;
        }
        let mut session = self.session();
        session.feed(input);
        session.finish();
    }

    /// Changes the configuration and puts our handlers where they belong under it.
    pub(crate) fn configure(&'static self, change: impl FnOnce(&mut Settings)) -> io::Result<()> {
        // C8: who stands over ours now is our guest from here on; that it did not before is said.
        crate::report::replaced();
        let alone = lifecycle::alone();
        os::install::look_again()?;
        let mut settings = (*self.settings()).clone();
        change(&mut settings);
        let settings = Arc::new(settings);
        let former = self.put_in_force(Arc::clone(&settings))?;
        let kept = lifecycle::keep(&settings);
        // Callbacks may do what they like when they are dropped: without any lock.
        drop(alone);
        drop((kept, former));
        Ok(())
    }

    /// Handlers and rules at once, before anybody can take an event that comes meanwhile: what stood before decides what
    /// it means (C7). Gives the former settings, which are to be dropped without any lock.
    fn put_in_force(&'static self, settings: Arc<Settings>) -> io::Result<Arc<Settings>> {
        let mut core = self.lock();
        os::install::handlers(&settings)?;
        core.machine.set_rules(settings.rules());
        settings.publish();
        let former = std::mem::replace(&mut core.settings, settings);
        // What is waited for was planned under the former rules, and may be due earlier now.
        core.news = true;
        if core.machine.is_pending() {
            DOORBELL.ring();
        }
        Ok(former)
    }

    pub(crate) fn restore_handlers(&self) -> Vec<ShutdownEvent> {
        let _alone = lifecycle::alone();
        GATE.raise(NOT_INSTALLED);
        os::install::restore()
    }

    pub(crate) fn settings(&self) -> Arc<Settings> {
        Arc::clone(&self.lock().settings)
    }

    /// What the pending shutdown does to deadlines.
    pub(crate) fn bounds(&self) -> Option<Bounds> {
        self.lock().bounds()
    }

    /// Is a shutdown pending? Once the machine has said so, the gate does, without the lock.
    pub(crate) fn is_pending(&'static self) -> bool {
        if GATE.is_requested() {
            return true;
        }
        let mut session = self.session();
        let pending = session.core().machine.is_pending();
        session.finish();
        pending
    }

    /// C26.
    pub(crate) fn cancel(&'static self) -> Result<usize, CannotCancel> {
        let mut session = self.session();
        let core = session.core();
        let cancelled = core.machine.cancel();
        let interrupted = core.interrupted.len();
        if cancelled {
            core.forget();
        }
        session.finish();
        if cancelled { Ok(interrupted) } else { Err(CannotCancel) }
    }

    pub(crate) fn first_event(&self) -> Option<ShutdownEvent> {
        self.lock().machine.first_event()
    }

    /// Ends the process.
    pub(crate) fn die(&'static self, event: ShutdownEvent) -> ! {
        let settings = self.settings();
        let (uncalled, enforced_at) = {
            let mut core = self.lock();
            (std::mem::take(&mut core.for_main.before_termination), core.machine.enforced_at())
        };
        if uncalled {
            crate::face::call_before_the_end(&settings, Time::now().until(enforced_at));
        }
        HOST.end(event, &settings)
    }
}

/// What [`Engine::supervise`] found to do.
pub(crate) struct Due {
    pub(crate) effects: Effects,
    /// When something is due.
    pub(crate) exact: Option<Time>,
    /// When to look again whether it was in vain.
    pub(crate) again: Option<Time>,
    pub(crate) newcomers: Vec<Arc<AsyncBlock>>,
    pub(crate) release: guests::Release,
    /// For the callbacks alone, whose threads drop it: the supervisor must not be the last who has the user's closures.
    pub(crate) settings: Option<Arc<Settings>>,
    pub(crate) bounds: Option<Bounds>,
}

/// The flag of a system without a barrier for all threads; it stays for the life of the process.
fn fence_flag() -> u32 {
    if os::barrier::register() { 0 } else { FENCED }
}

/// Do guests wait for the main thread's blocks?
fn guests_wait() -> bool {
    GATE.load() & GUEST != 0
}
