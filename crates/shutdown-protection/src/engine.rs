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

use crate::blocks::arena::{self, Arena};
use crate::blocks::census::{Witness, someone_unwinds};
use crate::blocks::slot::State;
use crate::config::Settings;
use crate::doorbell::Doorbell;
use crate::error::CannotCancel;
use crate::event::ShutdownEvent;
use crate::face::ForMain;
use crate::future::AsyncBlock;
use crate::gate::{ATTENTION, FENCED, GUEST, Gate, NOT_INSTALLED, PENDING};
use crate::host::HOST;
use crate::machine::{Census, Effects, Input, Machine};
use crate::mailbox::Mailbox;
use crate::os;
use crate::time::Time;

mod lifecycle;
pub(crate) mod owner;
mod session;

pub(crate) use lifecycle::{forked, installed};
pub(crate) use session::Session;

/// What the fast path and the handlers touch.
pub(crate) static GATE: Gate = Gate::new();
pub(crate) static MAILBOX: Mailbox = Mailbox::new();
pub(crate) static DOORBELL: Doorbell = Doorbell::new();

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

/// What the lock guards.
pub(crate) struct Core {
    pub(crate) machine: Machine,
    pub(crate) settings: Arc<Settings>,
    witness: Witness,
    /// When the pending shutdown began: drain times run from it.
    first_at: Option<Time>,
    /// What nobody has carried out yet.
    effects: Effects,
    /// Owners that were interrupted in this shutdown.
    interrupted: usize,
    /// An owner ended its block with an error of its own while a shutdown was pending: that status is kept
    /// (C19).
    own_error: bool,
    /// Futures that started their blocks while a shutdown was pending: the supervisor watches their
    /// deadlines.
    newcomers: Vec<Arc<AsyncBlock>>,
    /// When the supervisor will look next, if nobody rings.
    planned: Option<Time>,
    /// The deadline of a block that held the end at the last step.
    holds: Option<Time>,
    /// Threads that were told to stop, and wait for the others first (C18).
    told_and_waiting: usize,
    /// Something happened that someone may wait for: [`Session::tell`].
    news: bool,
    /// What the main thread has to do, where a face runs it there.
    pub(crate) for_main: ForMain,
}

impl Engine {
    fn new(settings: Settings) -> Self {
        Self {
            core: Mutex::new(Core {
                machine: Machine::new(settings.rules()),
                settings: Arc::new(settings),
                witness: Witness::new(),
                first_at: None,
                effects: Effects::default(),
                interrupted: 0,
                own_error: false,
                newcomers: Vec::new(),
                planned: None,
                holds: None,
                told_and_waiting: 0,
                news: false,
                for_main: ForMain::default(),
            }),
            changed: Condvar::new(),
            requested: Event::new(),
        }
    }

    /// The engine, if it was installed in this process.
    pub(crate) fn current() -> Option<&'static Self> {
        // SAFETY: null, or a leaked engine. Acquire pairs with the store in `lifecycle`.
        unsafe { ENGINE.load(Ordering::Acquire).as_ref() }
    }

    /// No code of the user runs under this lock, and it is held for microseconds; a panic under it would be a
    /// bug, and then an engine that goes on is better than a program that cannot end.
    fn lock(&self) -> MutexGuard<'_, Core> {
        self.core.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Waits for changes while `holds` says until when at the most it wants to be asked again; `false`:
    /// `limit` has come before.
    pub(crate) fn wait_while(
        &'static self,
        limit: Time,
        mut holds: impl FnMut(&mut Core, Time) -> Option<Time>,
    ) -> bool {
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
        session.feed(Input::Tick);
        let release = session.release_guests(false);
        let core = session.core();
        let again = core.for_main.look_again();
        core.planned = [core.machine.next_tick(core.holds), release.next, again].into_iter().flatten().min();
        let effects = std::mem::take(&mut core.effects);
        let is_for_a_callback = effects.call_before_hup || effects.call_before_termination;
        let due = Due {
            effects,
            next: core.planned,
            newcomers: std::mem::take(&mut core.newcomers),
            release,
            settings: is_for_a_callback.then(|| Arc::clone(&core.settings)),
            first_at: core.first_at,
        };
        session.tell();
        due
    }

    /// A callback has returned.
    pub(crate) fn callback_done(&'static self, input: Input) {
        let mut session = self.session();
        session.feed(input);
        session.finish();
    }

    /// Changes the configuration and puts our handlers where they belong under it.
    pub(crate) fn configure(&'static self, change: impl FnOnce(&mut Settings)) -> io::Result<()> {
        let alone = lifecycle::alone();
        let mut settings = (*self.settings()).clone();
        change(&mut settings);
        let settings = Arc::new(settings);
        self.put_in_force(&settings)?;
        let kept = lifecycle::keep(&settings);
        let former = std::mem::replace(&mut self.lock().settings, settings);
        // Callbacks may do what they like when they are dropped: without any lock.
        drop(alone);
        drop((kept, former));
        Ok(())
    }

    /// Handlers and rules at once, before anybody can take an event that comes meanwhile: what stood before decides what
    /// it means (C7).
    fn put_in_force(&'static self, settings: &Settings) -> io::Result<()> {
        let mut core = self.lock();
        os::install::handlers(settings)?;
        core.machine.set_rules(settings.rules());
        settings.publish();
        Ok(())
    }

    pub(crate) fn restore_handlers(&self) -> Vec<ShutdownEvent> {
        let _alone = lifecycle::alone();
        GATE.raise(NOT_INSTALLED);
        os::install::restore()
    }

    pub(crate) fn settings(&self) -> Arc<Settings> {
        Arc::clone(&self.lock().settings)
    }

    pub(crate) fn first_at(&self) -> Option<Time> {
        self.lock().first_at
    }

    pub(crate) fn is_pending(&'static self) -> bool {
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
        let interrupted = core.interrupted;
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
        if std::mem::take(&mut self.lock().for_main.before_termination) {
            crate::face::call_before_the_end(&settings);
        }
        HOST.end(event, &settings)
    }
}

/// What [`Engine::supervise`] found to do.
pub(crate) struct Due {
    pub(crate) effects: Effects,
    pub(crate) next: Option<Time>,
    pub(crate) newcomers: Vec<Arc<AsyncBlock>>,
    pub(crate) release: os::guest::Release,
    /// For the callbacks alone, whose threads drop it: the supervisor must not be the last who has the user's closures.
    pub(crate) settings: Option<Arc<Settings>>,
    pub(crate) first_at: Option<Time>,
}

impl Core {
    /// Feeds the machine. `at`: the time of the input; the census is of this instant.
    fn step(&mut self, input: Input, at: Time) {
        let was_idle = self.first_at.is_none();
        let first_at = *self.first_at.get_or_insert(at);
        // Only a tick of an idle machine that waits for nothing cannot begin a shutdown.
        if !was_idle || input != Input::Tick || self.machine.next_tick(None).is_some() {
            if was_idle {
                // The gate first, then the look at the slots: see `gate`.
                GATE.raise(PENDING);
                GATE.heavy();
            }
            let census = self.census(first_at);
            self.holds = census.holds;
            let before = self.machine.clone();
            let effects = self.machine.step(input, at, census);
            self.news |= matches!(input, Input::Ended(_)) || self.machine != before;
            self.effects = self.effects.and(effects);
            self.for_main.take_over(&mut self.effects);
        }
        if !self.machine.is_pending() {
            self.first_at = None;
            self.holds = None;
            GATE.lower(PENDING);
        }
    }

    fn census(&mut self, first_at: Time) -> Census {
        let holds = self.witness.holds(Time::now(), first_at, self.machine.last_start());
        let told = || self.told_and_waiting > 0 || self.interrupted > 0 && someone_unwinds();
        Census { holds, someone_told: holds.is_none() && told() }
    }

    /// Takes the events out of the mailbox.
    fn drain(&mut self) {
        if GATE.load() & ATTENTION == 0 {
            return;
        }
        // The flag first: an event that comes behind this line raises it again.
        GATE.lower(ATTENTION);
        for (at, event) in MAILBOX.take().iter() {
            self.step(Input::Event(event), at);
        }
    }

    /// After a cancelled shutdown: nothing is pending, and the owners that had been told to stop go on.
    fn forget(&mut self) {
        let told = if self.interrupted > 0 { Some(arena::all().flat_map(Arena::slots)) } else { None };
        for slot in told.into_iter().flatten().filter(|slot| slot.state() == State::Interrupted) {
            // By their owners, slots change without the lock only from open to free; this one's owner may be ending it
            // just now.
            slot.reopen();
        }
        self.first_at = None;
        self.holds = None;
        // A SIGHUP that came is called for all the same; the machine waits for it.
        self.effects = Effects { call_before_hup: self.effects.call_before_hup, ..Effects::default() };
        self.for_main.forget();
        self.news = true;
        self.interrupted = 0;
        self.own_error = false;
        GATE.lower(PENDING);
    }

    /// When the machine wants to be asked again.
    pub(crate) fn next_tick(&self) -> Option<Time> {
        self.machine.next_tick(self.holds)
    }

    /// When the pending shutdown began.
    pub(crate) fn first_at(&self) -> Option<Time> {
        self.first_at
    }

    pub(crate) fn own_error(&self) -> bool {
        self.own_error
    }

    pub(crate) fn note_own_error(&mut self) {
        self.own_error = true;
    }

    /// The owner was told after all: what the program then ends with is by the shutdown.
    pub(crate) fn forget_own_error(&mut self) {
        self.own_error = false;
    }
}

/// The flag of a system without a barrier for all threads; it stays for the life of the process.
fn fence_flag() -> u32 {
    if os::barrier::register() { 0 } else { FENCED }
}

/// Do guests wait for the main thread's blocks?
fn guests_wait() -> bool {
    GATE.load() & GUEST != 0
}
