//! C27: a handler of the C runtime that stood before ours is our guest. Its events are its own: the signal, and the
//! console event that the runtime would have made one of.
//!
//! What is raised by the main thread outside of its blocks calls the guest at once. Else it waits in `guests`, and is called
//! as the runtime calls it for a console event: on another thread.

use super::crt::{self, Handler, SIGNALS};
use super::{install, thread};
use crate::event::ShutdownEvent;
use crate::host::HOST;
use crate::{face, guests};

/// Which events can have a guest.
pub(crate) const EVENTS: [ShutdownEvent; SIGNALS.len()] = [SIGNALS[0].0, SIGNALS[1].0, SIGNALS[2].0];

/// The signal that the C runtime makes of an event. Of a closing console it makes a `SIGBREAK`, too; but the system ends
/// the process then, whatever a guest does, so that stays ours.
pub(super) fn signal_of(event: ShutdownEvent) -> ShutdownEvent {
    match event {
        ShutdownEvent::CtrlC => ShutdownEvent::SigInt,
        ShutdownEvent::CtrlBreak => ShutdownEvent::SigBreak,
        event => event,
    }
}

/// What stood before ours becomes the guest, if it was a handler; and not one that does what the default action would.
pub(super) fn remember(event: ShutdownEvent, former: Handler) {
    if let Some(guest) = guests::of(event) {
        let is_none = matches!(former, crt::DEFAULT | crt::IGNORE) || face::stands_for_default(event);
        guest.welcome(if is_none { 0 } else { former });
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
    match guests::of(signal_of(event)).filter(|guest| guest.function().is_some()) {
        None => Meeting::NoGuest,
        Some(guest) if guest.runs_here() => Meeting::Again,
        Some(guest) if guest.may_come() => Meeting::Call,
        Some(_) => Meeting::Wait,
    }
}

/// Calls the guest of a signal. As with the runtime itself, it is called again only if it has put itself back, or was
/// replaced by another.
pub(super) fn call(signal: ShutdownEvent) {
    let Some((guest, function)) = guests::of(signal).and_then(|guest| Some((guest, guest.function()?))) else { return };
    guest.running(|| crt::call(signal, function));
    install::after_guest(signal);
}

/// The guest's turn. The main thread's breakpoint is where it is called; the supervisor runs no code of the program's.
pub(crate) fn send(signal: ShutdownEvent, times: u32) {
    let calls = move || {
        for _ in 0..times {
            call(signal);
        }
        if let (true, Some(face)) = (times > 1, face::get()) {
            face.guest_called(signal, times);
        }
    };
    if thread::is_main() {
        calls();
    } else if HOST.run("shutdown-guest", Box::new(calls)).is_err() {
        // Without a thread it waits for the next who looks.
        if let Some(guest) = guests::of(signal) {
            guest.wait_again(times);
        }
    }
}

/// Never called: see `fork`.
pub(crate) fn forked() {
    guests::forked();
}
