//! C27: a guest is a signal handler, and is called as one. An event that may not come yet waits in `guests`; when it is the
//! guest's turn, we send the signal to ourselves again, so that the guest runs as what it is.

use std::cell::UnsafeCell;
use std::mem::MaybeUninit;
use std::sync::atomic::{AtomicI32, AtomicU32, Ordering};

use super::install;
use super::signals::number;
use crate::event::ShutdownEvent;
use crate::guests;
use chain::{Chain, Handler};

mod chain;

/// Which events can have a guest.
pub(crate) const EVENTS: [ShutdownEvent; 4] = ShutdownEvent::SIGNALS;

/// What `sigaction` knows of a handler besides its address.
struct Action {
    flags: AtomicI32,
    mask: UnsafeCell<MaybeUninit<libc::sigset_t>>,
    /// Events whose turn it is, sent again.
    released: AtomicU32,
    older: Chain,
}

// SAFETY: `mask` is written only by `remember`, under the installation's lock and before the guest is welcomed; it is read
// by `call` after it has found the guest. A change of guest while its handler runs could give it the mask of its
// successor, both valid masks.
unsafe impl Sync for Action {}

static ACTIONS: [Action; EVENTS.len()] = [const {
    Action {
        flags: AtomicI32::new(0),
        mask: UnsafeCell::new(MaybeUninit::zeroed()),
        released: AtomicU32::new(0),
        older: Chain::new(),
    }
}; EVENTS.len()];

impl Action {
    /// What it knows of the handler at this address, the guest's.
    fn handler(&self, function: usize) -> Handler {
        // SAFETY: see `Sync`.
        let mask = unsafe { (*self.mask.get()).assume_init() };
        Handler { function, flags: self.flags.load(Ordering::Relaxed), mask }
    }
}

/// What stood before ours becomes the guest, if it was a handler; and not one that does what the default action would.
pub(super) fn remember(event: ShutdownEvent, former: &libc::sigaction, as_default: bool) {
    let Some(guest) = guests::of(event) else { return };
    let action = &ACTIONS[event.index()];
    let function = match former.sa_sigaction {
        libc::SIG_DFL | libc::SIG_IGN => 0,
        _ if as_default => 0,
        function => function,
    };
    action.older.succeed(guest.function().map(|function| action.handler(function)), function);
    // What was sent again before has reached it without us.
    action.released.store(0, Ordering::SeqCst);
    action.flags.store(former.sa_flags, Ordering::Relaxed);
    // SAFETY: see `Sync`.
    unsafe { (*action.mask.get()).write(former.sa_mask) };
    guest.welcome(function);
}

/// What the handler has to do about the guest of an event.
pub(super) enum Meeting {
    NoGuest,
    Call {
        times: u32,
    },
    Wait,
    /// A guest that calls what stood before it calls us: it is the same event.
    CallOlder,
}

/// For the handler. `here`: in the process that installed it.
pub(super) fn meet(event: ShutdownEvent, here: bool) -> Meeting {
    let Some(guest) = guests::of(event) else { return Meeting::NoGuest };
    // First of all: also in the child of a fork, and where the guest asked to be called once.
    if guest.runs_here() {
        return Meeting::CallOlder;
    }
    if guest.function().is_none() {
        return Meeting::NoGuest;
    }
    if !here {
        return Meeting::Call { times: 1 };
    }
    match ACTIONS[event.index()].released.swap(0, Ordering::SeqCst) {
        0 if guest.may_come() => Meeting::Call { times: 1 },
        0 => Meeting::Wait,
        times => Meeting::Call { times },
    }
}

/// Calls the guest's handler.
pub(super) fn call(event: ShutdownEvent, signal: libc::c_int, info: *mut libc::siginfo_t, context: *mut libc::c_void) {
    let Some((guest, function)) = guests::of(event).and_then(|guest| Some((guest, guest.function()?))) else { return };
    let action = &ACTIONS[event.index()];
    let handler = action.handler(function);
    if handler.flags & libc::SA_RESETHAND != 0 {
        // It asked to be called once; then the default action, which is ours to do.
        guest.welcome(0);
    }
    guest.running(|| {
        if guest.runs_here() {
            action.older.begin(function);
        }
        handler.call(signal, info, context);
    });
}

/// Calls the guest that stood before ours when the one was installed that runs.
pub(super) fn call_older(
    event: ShutdownEvent,
    signal: libc::c_int,
    info: *mut libc::siginfo_t,
    context: *mut libc::c_void,
) {
    ACTIONS[event.index()].older.call_next(signal, info, context);
}

/// Sends the signal again. One for all, and the handler knows how many; where the former handlers were put back meanwhile,
/// one for each, to the guest itself.
pub(crate) fn send(event: ShutdownEvent, times: u32) {
    let Some(signal) = number(event) else { return };
    let stands = install::stands(event);
    if stands {
        ACTIONS[event.index()].released.fetch_add(times, Ordering::SeqCst);
    }
    for _ in 0..if stands { 1 } else { times } {
        // SAFETY: a signal to our own process, for which a handler is installed.
        unsafe { libc::kill(libc::getpid(), signal) };
    }
}

/// In the child of a fork (C23).
pub(crate) fn forked() {
    guests::forked();
    for action in &ACTIONS {
        action.released.store(0, Ordering::SeqCst);
    }
}
