//! What happens with an event, by whichever way it came: it is put into the mailbox, the gate's flag is raised, and those
//! who wait are woken; nothing else. It takes no lock of ours and cannot panic: the thread may be the program's own, in
//! `raise`.

use std::sync::atomic::{AtomicBool, AtomicI64, Ordering};

use windows_sys::Win32::Foundation::{GetLastError, SetLastError};

use super::{end, guest, install};
use crate::config::{ExitStatus, Settings};
use crate::engine::{DOORBELL, GATE, MAILBOX, WAITERS};
use crate::event::ShutdownEvent;
use crate::gate::{ATTENTION, GUEST};
use crate::time::Time;

/// The engine is there.
static ADOPTED: AtomicBool = AtomicBool::new(false);
/// The configured status, or [`BY_EVENT`], for an end that the handler itself makes.
static FALLBACK_STATUS: AtomicI64 = AtomicI64::new(BY_EVENT);
/// C6.
static LOGOFF_ENDS: AtomicBool = AtomicBool::new(true);
/// No status of a process: those have 32 bits.
const BY_EVENT: i64 = i64::MAX;

/// From here on the handlers work.
pub(crate) fn adopt_process() {
    ADOPTED.store(true, Ordering::SeqCst);
}

/// Never called: see `fork`.
pub(crate) fn forked() {
    ADOPTED.store(false, Ordering::SeqCst);
}

/// What the handlers have to know of the configuration.
pub(crate) fn set_fallback(settings: &Settings) {
    let status = match settings.exit_status {
        ExitStatus::Signal => BY_EVENT,
        ExitStatus::Code(code) => code.into(),
    };
    FALLBACK_STATUS.store(status, Ordering::SeqCst);
    LOGOFF_ENDS.store(settings.terminate_on_logoff, Ordering::SeqCst);
}

/// Does a logoff end the program (C6)?
pub(super) fn logoff_ends() -> bool {
    LOGOFF_ENDS.load(Ordering::SeqCst)
}

/// An event of the console, or a signal of the C runtime.
pub(super) fn receive(event: ShutdownEvent) {
    match guest::meet(event) {
        guest::Meeting::NoGuest => record(event, |event, at| MAILBOX.put(event, at)),
        guest::Meeting::Call => guest::call(guest::signal_of(event)),
        guest::Meeting::Wait => {
            GATE.raise(GUEST);
            DOORBELL.ring();
        }
        // A guest that calls what stood before it calls us: it is the same event.
        guest::Meeting::Again => {}
    }
}

/// A message of the hidden window.
pub(super) fn receive_message(event: ShutdownEvent) {
    record(event, |event, at| MAILBOX.put_window(event, at));
}

fn record(event: ShutdownEvent, put: impl FnOnce(ShutdownEvent, Time)) {
    if !ADOPTED.load(Ordering::SeqCst) {
        end::with_code(match FALLBACK_STATUS.load(Ordering::SeqCst) {
            BY_EVENT => end::status(event),
            code => code as i32,
        });
    }
    put(event, Time::now());
    GATE.raise(ATTENTION);
    WAITERS.ring();
    DOORBELL.ring();
}

/// Is this event's C runtime twin ignored (C7)?
pub(super) fn is_ignored(event: ShutdownEvent) -> bool {
    install::was_ignored(guest::signal_of(event))
}

/// For handlers: runs `work`, and leaves the thread's last error as it was.
pub(crate) fn keeping_errno(work: impl FnOnce()) {
    // SAFETY: both are about a number of this thread.
    let error = unsafe { GetLastError() };
    work();
    // SAFETY: as above.
    unsafe { SetLastError(error) };
}
