//! The signal handler. It puts the event into the mailbox, raises the gate's flag and rings; nothing else. It
//! allocates nothing, takes no lock, cannot panic, and keeps `errno`.
//!
//! In a process that did not install it (the child of a `fork`, until its first use of the library; a `vfork`
//! child, which shares our memory) it touches nothing of ours: there no block is open, so the event does what
//! C3 says, by the handler itself.

use std::sync::atomic::{AtomicBool, AtomicI32, Ordering};

use super::end;
use super::guest;
use super::signals::{event, number};
use crate::config::{ExitStatus, Settings};
use crate::engine::{DOORBELL, GATE, MAILBOX, WAITERS};
use crate::event::ShutdownEvent;
use crate::face;
use crate::gate::{ATTENTION, GUEST};
use crate::time::Time;

/// The process that the engine lives in.
static PROCESS: AtomicI32 = AtomicI32::new(0);
/// The configured status, or [`BY_SIGNAL`], for an end that the handler itself makes.
static FALLBACK_STATUS: AtomicI32 = AtomicI32::new(BY_SIGNAL);
static FALLBACK_CORE: AtomicBool = AtomicBool::new(false);
/// The program's exit is over; nobody is there any more to take an event out of the mailbox.
static LAST_MOMENT: AtomicBool = AtomicBool::new(false);
/// `SIGHUP` is handled only to call `before_hup` (C6, C7).
static HUP_ENDS: AtomicBool = AtomicBool::new(true);
const BY_SIGNAL: i32 = -1;

/// From here on the handlers work for this process.
pub(crate) fn adopt_process() {
    LAST_MOMENT.store(false, Ordering::SeqCst);
    // SAFETY: takes nothing and cannot fail.
    PROCESS.store(unsafe { libc::getpid() }, Ordering::SeqCst);
}

/// In the child of a fork, which may even have its parent's number, in a namespace of its own.
pub(crate) fn forked() {
    PROCESS.store(0, Ordering::SeqCst);
}

/// What the handler has to know of the configuration when it ends the process itself.
pub(crate) fn set_fallback(settings: &Settings) {
    let status = match settings.exit_status {
        ExitStatus::Signal => BY_SIGNAL,
        ExitStatus::Code(code) => code,
    };
    FALLBACK_STATUS.store(status, Ordering::SeqCst);
    FALLBACK_CORE.store(settings.core_dump, Ordering::SeqCst);
    HUP_ENDS.store(settings.terminate_on_hup, Ordering::SeqCst);
}

/// The exit is over: what comes now ends the process natively.
pub(crate) fn last_moment() {
    LAST_MOMENT.store(true, Ordering::SeqCst);
}

/// Ours, as `sigaction` takes it.
pub(super) fn address() -> libc::sighandler_t {
    handle as *const () as libc::sighandler_t
}

extern "C" fn handle(signal: libc::c_int, info: *mut libc::siginfo_t, context: *mut libc::c_void) {
    keeping_errno(|| {
        // Installed for our signals only.
        if let Some(event) = event(signal) {
            receive(event, signal, info, context);
        }
    });
}

/// For signal handlers of a face: runs `work`, and leaves `errno` as it was.
pub(crate) fn keeping_errno(work: impl FnOnce()) {
    let errno = Errno::save();
    work();
    errno.restore();
}

fn receive(event: ShutdownEvent, signal: libc::c_int, info: *mut libc::siginfo_t, context: *mut libc::c_void) {
    // SAFETY: takes nothing and cannot fail.
    let here = PROCESS.load(Ordering::SeqCst) == unsafe { libc::getpid() };
    match guest::meet(event, here) {
        guest::Meeting::NoGuest => {}
        guest::Meeting::Call { times } => {
            for _ in 0..times {
                guest::call(event, signal, info, context);
            }
            if let (true, Some(face)) = (times > 1, face::get()) {
                face.guest_called(event, times);
            }
            return;
        }
        guest::Meeting::Wait => {
            GATE.raise(GUEST);
            DOORBELL.ring();
            return;
        }
        guest::Meeting::CallOlder => {
            guest::call_older(event, signal, info, context);
            return;
        }
    }
    if here && !LAST_MOMENT.load(Ordering::SeqCst) {
        // Before it is put in: the supervisor may take this very event meanwhile.
        let again = GATE.is_requested();
        MAILBOX.put(event, Time::now());
        GATE.raise(ATTENTION);
        // Each with a call of its own: one that wakes both would leave the waiters behind the supervisor, or let them wait
        // until it has been woken on another processor.
        WAITERS.ring();
        DOORBELL.ring();
        if let (true, Some(face)) = (again, face::get()) {
            face.came_again();
        }
    } else if event != ShutdownEvent::SigHup || HUP_ENDS.load(Ordering::SeqCst) && !super::install::hup_was_ignored() {
        end_now(event);
    }
}

fn end_now(event: ShutdownEvent) -> ! {
    match (FALLBACK_STATUS.load(Ordering::SeqCst), number(event)) {
        (BY_SIGNAL, Some(signal)) => end::by_signal(signal, FALLBACK_CORE.load(Ordering::SeqCst)),
        (BY_SIGNAL, None) => end::with_code(0),
        (code, _) => end::with_code(code),
    }
}

/// The interrupted code may be just about to read `errno`.
struct Errno(libc::c_int);

impl Errno {
    fn place() -> *mut libc::c_int {
        // SAFETY: these give the address of this thread's `errno`, always valid.
        unsafe {
            #[cfg(any(target_os = "linux", target_os = "dragonfly"))]
            return libc::__errno_location();
            #[cfg(any(target_vendor = "apple", target_os = "freebsd"))]
            return libc::__error();
            #[cfg(any(target_os = "netbsd", target_os = "openbsd", target_os = "android"))]
            return libc::__errno();
        }
    }

    fn save() -> Self {
        // SAFETY: see `place`.
        Self(unsafe { *Self::place() })
    }

    fn restore(&self) {
        // SAFETY: see `place`.
        unsafe { *Self::place() = self.0 };
    }
}
