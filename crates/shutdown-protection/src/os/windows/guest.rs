//! C27: a handler of the C runtime that stood before ours is our guest. Its events are its own: the signal, and the
//! console event that the runtime would have made one of. We only see to it that it is not called in the middle of the main
//! thread's blocks.
//!
//! What is raised by the main thread outside of its blocks calls the guest at once. Else it waits: the main thread's next
//! outermost breakpoint, or the end or lapse of all its blocks that were open then, is the guest's turn. It is called as the
//! runtime calls it for a console event: on another thread.

use std::sync::atomic::{AtomicU32, AtomicU64, AtomicUsize, Ordering};

use super::crt::{self, Handler, SIGNALS};
use super::{install, thread};
use crate::blocks::arena;
use crate::blocks::census::main_holds_guest;
use crate::engine::GATE;
use crate::event::ShutdownEvent;
use crate::face;
use crate::gate::GUEST;
use crate::host::HOST;
use crate::time::Time;

const COUNT: usize = SIGNALS.len();

struct Guest {
    /// 0: no guest.
    function: AtomicUsize,
    /// Events that wait, when the first of them came, and how many blocks the main thread had started then.
    waiting: AtomicU32,
    at: AtomicU64,
    serial: AtomicU64,
    /// The thread that is in the guest's handler, or 0.
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

/// The signal that the C runtime makes of an event. Of a closing console it makes a `SIGBREAK`, too; but the system ends
/// the process then, whatever a guest does, so that stays ours.
pub(super) fn signal_of(event: ShutdownEvent) -> ShutdownEvent {
    match event {
        ShutdownEvent::CtrlC => ShutdownEvent::SigInt,
        ShutdownEvent::CtrlBreak => ShutdownEvent::SigBreak,
        event => event,
    }
}

/// The guest whose event this is.
fn of(event: ShutdownEvent) -> Option<&'static Guest> {
    let signal = signal_of(event);
    SIGNALS.iter().position(|(known, _)| *known == signal).map(|at| &GUESTS[at])
}

/// What stood before ours becomes the guest, if it was a handler; and not one that does what the default action would.
pub(super) fn remember(event: ShutdownEvent, former: Handler) {
    if let Some(guest) = of(event) {
        let is_none = matches!(former, crt::DEFAULT | crt::IGNORE) || face::stands_for_default(event);
        guest.function.store(if is_none { 0 } else { former }, Ordering::SeqCst);
    }
}

/// What has to be done about the guest of an event.
pub(super) enum Meeting {
    NoGuest,
    Call,
    Wait,
    Again,
}

pub(super) fn meet(event: ShutdownEvent) -> Meeting {
    let Some(guest) = of(event).filter(|guest| guest.function.load(Ordering::SeqCst) != 0) else {
        return Meeting::NoGuest;
    };
    if guest.running.load(Ordering::SeqCst) == thread::id() {
        return Meeting::Again;
    }
    let serial = arena::main().map_or(0, arena::Arena::serial);
    let now = Time::now();
    // Only the main thread itself knows for sure that it is not just starting a block.
    if thread::is_main() && main_holds_guest(serial, now, now).is_none() {
        return Meeting::Call;
    }
    // Two at once may both be the first: either's words will do.
    if guest.waiting.load(Ordering::SeqCst) == 0 {
        guest.serial.store(serial, Ordering::SeqCst);
        guest.at.store(now.0, Ordering::SeqCst);
    }
    guest.waiting.fetch_add(1, Ordering::SeqCst);
    Meeting::Wait
}

/// Calls the guest of a signal. As with the runtime itself, it is called again only if it has put itself back, or was
/// replaced by another.
pub(super) fn call(signal: ShutdownEvent) {
    let Some(guest) = of(signal) else { return };
    let function = guest.function.load(Ordering::SeqCst);
    if function == 0 {
        return;
    }
    let first = guest.running.compare_exchange(0, thread::id(), Ordering::SeqCst, Ordering::SeqCst).is_ok();
    crt::call(signal, function);
    if first {
        guest.running.store(0, Ordering::SeqCst);
    }
    install::after_guest(signal);
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
    /// Calls them. Without any lock: a guest may do what it likes.
    pub(crate) fn send(self) {
        for ((signal, _), times) in SIGNALS.into_iter().zip(self.times).filter(|(_, times)| *times > 0) {
            let calls = move || {
                for _ in 0..times {
                    call(signal);
                }
                if let (true, Some(face)) = (times > 1, face::get()) {
                    face.guest_called(signal, times);
                }
            };
            // The main thread's breakpoint is the guest's turn; the supervisor runs no code of the program's.
            if thread::is_main() {
                calls();
            } else if HOST.run("shutdown-guest", Box::new(calls)).is_err() {
                // Without a thread it waits for the next who looks.
                if let Some(guest) = of(signal) {
                    guest.waiting.fetch_add(times, Ordering::SeqCst);
                    GATE.raise(GUEST);
                }
            }
        }
    }
}

/// Never called: see `fork`.
pub(crate) fn forked() {
    for guest in &GUESTS {
        guest.waiting.store(0, Ordering::SeqCst);
        guest.running.store(0, Ordering::SeqCst);
    }
}
