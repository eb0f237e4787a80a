//! C27: a handler that stood before ours is our guest. Its event is its own; we only see to it that it does
//! not come in the middle of the main thread's blocks.
//!
//! With no block of the main thread open, the guest is called at once, in the thread that the kernel chose,
//! as without us. Else the event waits: the main thread's next outermost breakpoint, or the end or lapse of
//! all its blocks that were open then, is the guest's turn. Then we send the signal to ourselves again, so
//! that the guest runs as what it is, a signal handler.

use std::cell::UnsafeCell;
use std::mem::MaybeUninit;
use std::sync::atomic::{AtomicI32, AtomicU32, AtomicU64, AtomicUsize, Ordering};

use super::signals::{mask, number};
use super::{install, thread};
use crate::blocks::arena;
use crate::blocks::census::main_holds_guest;
use crate::engine::GATE;
use crate::event::ShutdownEvent;
use crate::gate::GUEST;
use crate::time::Time;

const COUNT: usize = ShutdownEvent::SIGNALS.len();

struct Guest {
    /// The handler's address; 0: no guest.
    function: AtomicUsize,
    flags: AtomicI32,
    mask: UnsafeCell<MaybeUninit<libc::sigset_t>>,
    /// Events that wait, when the first of them came, and how many blocks the main thread had started then. What comes
    /// while one waits, comes with it: a later block does not hold back an earlier event.
    waiting: AtomicU32,
    at: AtomicU64,
    serial: AtomicU64,
    /// Events whose turn it is, sent again.
    released: AtomicU32,
    /// The thread that is in the guest's handler, or 0. (Of two at once, the first: the other's recursion waits for a turn.)
    running: AtomicUsize,
}

// SAFETY: `mask` is written only by `remember`, under the installation's lock and before `function` is stored
// with release; it is read by `call` after it has loaded `function` with acquire. A change of guest while its
// handler runs could give it the mask of its successor, both valid masks.
unsafe impl Sync for Guest {}

static GUESTS: [Guest; COUNT] = [const {
    Guest {
        function: AtomicUsize::new(0),
        flags: AtomicI32::new(0),
        mask: UnsafeCell::new(MaybeUninit::zeroed()),
        waiting: AtomicU32::new(0),
        at: AtomicU64::new(0),
        serial: AtomicU64::new(0),
        released: AtomicU32::new(0),
        running: AtomicUsize::new(0),
    }
}; COUNT];

/// What stood before ours becomes the guest, if it was a handler; and not one that does what the default action would.
pub(super) fn remember(event: ShutdownEvent, former: &libc::sigaction, as_default: bool) {
    let guest = &GUESTS[event.index()];
    let function = match former.sa_sigaction {
        libc::SIG_DFL | libc::SIG_IGN => 0,
        _ if as_default => 0,
        function => function,
    };
    // What was sent again before has reached it without us.
    guest.released.store(0, Ordering::SeqCst);
    guest.flags.store(former.sa_flags, Ordering::Relaxed);
    // SAFETY: see `Sync`.
    unsafe { (*guest.mask.get()).write(former.sa_mask) };
    guest.function.store(function, Ordering::Release);
}

/// What the handler has to do about the guest of an event.
pub(super) enum Meeting {
    NoGuest,
    Call { times: u32 },
    Wait,
    Again,
}

/// For the handler. `here`: in the process that installed it.
pub(super) fn meet(event: ShutdownEvent, here: bool) -> Meeting {
    let guest = &GUESTS[event.index()];
    if guest.function.load(Ordering::Acquire) == 0 {
        return Meeting::NoGuest;
    }
    if !here {
        return Meeting::Call { times: 1 };
    }
    if guest.running.load(Ordering::SeqCst) == thread::id() {
        return Meeting::Again;
    }
    let is_main = thread::is_main();
    match guest.released.swap(0, Ordering::SeqCst) {
        0 => {}
        times => return Meeting::Call { times },
    }
    let serial = arena::main().map_or(0, arena::Arena::serial);
    let now = Time::now();
    // Only the main thread itself knows for sure that it is not just starting a block.
    if is_main && main_holds_guest(serial, now, now).is_none() {
        return Meeting::Call { times: 1 };
    }
    // Two handlers at once may both be the first: either's words will do.
    if guest.waiting.load(Ordering::SeqCst) == 0 {
        guest.serial.store(serial, Ordering::SeqCst);
        guest.at.store(now.0, Ordering::SeqCst);
    }
    guest.waiting.fetch_add(1, Ordering::SeqCst);
    Meeting::Wait
}

/// Calls the guest's handler as the kernel would have: with its arguments, and its mask on top of ours.
pub(super) fn call(event: ShutdownEvent, signal: libc::c_int, info: *mut libc::siginfo_t, context: *mut libc::c_void) {
    let guest = &GUESTS[event.index()];
    let function = guest.function.load(Ordering::Acquire);
    if function == 0 {
        return;
    }
    let flags = guest.flags.load(Ordering::Relaxed);
    if flags & libc::SA_RESETHAND != 0 {
        // It asked to be called once; then the default action, which is ours to do.
        guest.function.store(0, Ordering::SeqCst);
    }
    // SAFETY: see `Sync`.
    let blocked = unsafe { (*guest.mask.get()).assume_init() };
    let former = mask(libc::SIG_BLOCK, &blocked);
    let first = guest.running.compare_exchange(0, thread::id(), Ordering::SeqCst, Ordering::SeqCst).is_ok();
    // SAFETY: the address is of a handler that the program had installed for this signal with these flags, which
    // say its type.
    unsafe {
        if flags & libc::SA_SIGINFO != 0 {
            let function: extern "C" fn(libc::c_int, *mut libc::siginfo_t, *mut libc::c_void) =
                std::mem::transmute(function);
            function(signal, info, context);
        } else {
            let function: extern "C" fn(libc::c_int) = std::mem::transmute(function);
            function(signal);
        }
    }
    if first {
        guest.running.store(0, Ordering::SeqCst);
    }
    mask(libc::SIG_SETMASK, &former);
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
    /// Sends the signals again. Without any lock: a guest may do what it likes.
    pub(crate) fn send(self) {
        for ((event, guest), times) in ShutdownEvent::SIGNALS.iter().zip(&GUESTS).zip(self.times) {
            let Some(signal) = number(*event).filter(|_| times > 0) else { continue };
            // One signal for all, and the handler knows how many; where the former handlers were put back meanwhile, one
            // for each, to the guest itself.
            let stands = install::stands(*event);
            if stands {
                guest.released.fetch_add(times, Ordering::SeqCst);
            }
            for _ in 0..if stands { 1 } else { times } {
                // SAFETY: a signal to our own process, for which a handler is installed.
                unsafe { libc::kill(libc::getpid(), signal) };
            }
        }
    }
}

/// In the child of a fork: no event waits (C23). The guests themselves are the child's too.
pub(crate) fn forked() {
    for guest in &GUESTS {
        guest.waiting.store(0, Ordering::SeqCst);
        guest.released.store(0, Ordering::SeqCst);
        guest.running.store(0, Ordering::SeqCst);
    }
}
