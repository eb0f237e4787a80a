//! C27: a handler that stood before ours is our guest. Its event is its own; we only see to it that it does not come in the
//! middle of the main thread's blocks.
//!
//! With no block of the main thread open, the guest is called at once, as without us. Else the event waits here: the main
//! thread's next outermost breakpoint, or the end or lapse of all its blocks that were open then, is the guest's turn. How
//! it is called then is the system's matter, `os::guest`.

use std::sync::atomic::{AtomicU32, AtomicU64, AtomicUsize, Ordering};

use crate::blocks::arena;
use crate::blocks::census::main_holds_guest;
use crate::engine::GATE;
use crate::event::ShutdownEvent;
use crate::gate::GUEST;
use crate::os::guest::{EVENTS, send};
use crate::os::thread;
use crate::time::Time;

const COUNT: usize = EVENTS.len();

/// The guest of one event, and its events that wait.
pub(crate) struct Guest {
    /// The handler's address; 0: no guest.
    function: AtomicUsize,
    /// Events that wait, when the first of them came, and how many blocks the main thread had started then. What comes
    /// while one waits, comes with it: a later block does not hold back an earlier event.
    waiting: AtomicU32,
    at: AtomicU64,
    serial: AtomicU64,
    /// The thread that is in the guest's handler, or 0. (Of two at once, the first: the other's recursion waits for a turn.)
    running: AtomicUsize,
}

static GUESTS: [Guest; COUNT] = [const {
    Guest {
        function: AtomicUsize::new(0),
        waiting: AtomicU32::new(0),
        at: AtomicU64::new(0),
        serial: AtomicU64::new(0),
        running: AtomicUsize::new(0),
    }
}; COUNT];

/// The place of the guest whose event this is.
pub(crate) fn of(event: ShutdownEvent) -> Option<&'static Guest> {
    EVENTS.iter().position(|known| *known == event).map(|at| &GUESTS[at])
}

impl Guest {
    /// The handler at this address is the guest from now on; 0: there is none. What was stored before is seen by who finds it.
    pub(crate) fn welcome(&self, function: usize) {
        self.function.store(function, Ordering::Release);
    }

    /// The handler's address, if there is a guest.
    pub(crate) fn function(&self) -> Option<usize> {
        Some(self.function.load(Ordering::Acquire)).filter(|function| *function != 0)
    }

    /// Is it this thread that is in the guest's handler? A guest that calls what stood before it calls us: that is the same event.
    pub(crate) fn runs_here(&self) -> bool {
        let running = self.running.load(Ordering::SeqCst);
        running != 0 && running == thread::id()
    }

    /// An event has come. `true`: the guest may be called at once; else the event waits. For handlers.
    pub(crate) fn may_come(&self) -> bool {
        let serial = arena::main().map_or(0, arena::Arena::serial);
        let now = Time::now();
        // Only the main thread itself knows for sure that it is not just starting a block.
        if thread::is_main() && main_holds_guest(serial, now, now).is_none() {
            return true;
        }
        // Two handlers at once may both be the first: either's words will do.
        if self.waiting.load(Ordering::SeqCst) == 0 {
            self.serial.store(serial, Ordering::SeqCst);
            self.at.store(now.0, Ordering::SeqCst);
        }
        self.waiting.fetch_add(1, Ordering::SeqCst);
        false
    }

    /// These events wait again, for the next who looks.
    #[cfg(windows)]
    pub(crate) fn wait_again(&self, times: u32) {
        self.waiting.fetch_add(times, Ordering::SeqCst);
        GATE.raise(GUEST);
    }

    /// Runs `call`, in which this thread is in the guest's handler.
    pub(crate) fn running(&self, call: impl FnOnce()) {
        let first = self.running.compare_exchange(0, thread::id(), Ordering::SeqCst, Ordering::SeqCst).is_ok();
        call();
        if first {
            self.running.store(0, Ordering::SeqCst);
        }
    }
}

/// The guests whose turn has come.
#[derive(Default)]
#[must_use = "the guests are called by `send`"]
pub(crate) struct Release {
    times: [u32; COUNT],
    /// When to look again for those who still wait.
    pub(crate) next: Option<Time>,
}

/// Whose turn is it? Under the engine's lock. `broken`: the main thread is at an outermost breakpoint.
pub(crate) fn due(now: Time, broken: bool) -> Release {
    let mut release = Release::default();
    // The flag first, so that an event that comes behind this line raises it again; and the barrier before the
    // look at the slots.
    GATE.lower(GUEST);
    GATE.heavy();
    for (guest, times) in GUESTS.iter().zip(&mut release.times) {
        if guest.waiting.load(Ordering::SeqCst) == 0 {
            continue;
        }
        let (serial, at) = (guest.serial.load(Ordering::SeqCst), Time(guest.at.load(Ordering::SeqCst)));
        match main_holds_guest(serial, now, at) {
            Some(deadline) if !broken => {
                release.next = [release.next, Some(deadline)].into_iter().flatten().min();
                GATE.raise(GUEST);
            }
            _ => *times = guest.waiting.swap(0, Ordering::SeqCst),
        }
    }
    release
}

impl Release {
    /// Calls them, each as often as its event has come. Without any lock: a guest may do what it likes.
    pub(crate) fn send(self) {
        for (event, times) in EVENTS.into_iter().zip(self.times).filter(|(_, times)| *times > 0) {
            send(event, times);
        }
    }
}

/// In the child of a fork: no event waits (C23). The guests themselves are the child's too.
pub(crate) fn forked() {
    for guest in &GUESTS {
        guest.waiting.store(0, Ordering::SeqCst);
        guest.running.store(0, Ordering::SeqCst);
    }
}
