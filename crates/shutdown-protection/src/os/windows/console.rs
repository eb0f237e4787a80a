//! The console's control routine.
//!
//! The system calls it on a thread of its own for each event, and holds a lock meanwhile, which `SetConsoleCtrlHandler`
//! takes too. So it is registered once and never removed: where it is to do nothing, it passes the event on.
//! `CTRL_C` and `CTRL_BREAK` return at once, or a second one would not come. When the routine has returned from the
//! others, the system ends the process: so it holds the thread, until the process has ended by itself or the time that
//! the system grants is over (C21). The exit of the process does not wait for such a thread.

use std::io;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};

use windows_sys::Win32::System::Console::{
    CTRL_BREAK_EVENT, CTRL_C_EVENT, CTRL_CLOSE_EVENT, CTRL_LOGOFF_EVENT, CTRL_SHUTDOWN_EVENT, GetConsoleWindow,
    SetConsoleCtrlHandler,
};
use windows_sys::core::BOOL;

use super::{grant, handler, module, service};
use crate::event::ShutdownEvent;
use crate::time::{Span, Time};

pub(super) const EVENTS: [ShutdownEvent; 5] = [
    ShutdownEvent::CtrlC,
    ShutdownEvent::CtrlBreak,
    ShutdownEvent::CtrlClose,
    ShutdownEvent::CtrlLogoff,
    ShutdownEvent::CtrlShutdown,
];

static REGISTERED: AtomicBool = AtomicBool::new(false);
static ACTIVE: AtomicBool = AtomicBool::new(false);
/// Which console the process had when the routine was registered: another one begins without routines.
static CONSOLE: AtomicUsize = AtomicUsize::new(0);

const HANDLED: BOOL = 1;
const PASSED_ON: BOOL = 0;

/// From here on the events are ours. Under the installation's lock.
pub(super) fn install() -> io::Result<()> {
    if !REGISTERED.load(Ordering::SeqCst) {
        module::pin();
        register()?;
        REGISTERED.store(true, Ordering::SeqCst);
    }
    ACTIVE.store(true, Ordering::SeqCst);
    Ok(())
}

fn register() -> io::Result<()> {
    CONSOLE.store(console(), Ordering::SeqCst);
    // SAFETY: the routine is a static function, and its module stays loaded.
    match unsafe { SetConsoleCtrlHandler(Some(routine), 1) } {
        0 => Err(io::Error::last_os_error()),
        _ => Ok(()),
    }
}

/// The console's name for itself; 0: there is none.
fn console() -> usize {
    // SAFETY: takes nothing and cannot fail.
    unsafe { GetConsoleWindow() as usize }
}

/// A process that has freed its console, or got one, has lost its routines. Without any lock of ours, since a routine may
/// be running; and so not where nothing has changed.
pub(super) fn look_again() -> io::Result<()> {
    if REGISTERED.load(Ordering::SeqCst) && CONSOLE.load(Ordering::SeqCst) != console() { register() } else { Ok(()) }
}

/// C8: events are passed on to the routines that were registered before. `true`: they were ours.
pub(super) fn pass_on() -> bool {
    ACTIVE.swap(false, Ordering::SeqCst)
}

unsafe extern "system" fn routine(kind: u32) -> BOOL {
    let came = Time::now();
    let event = match kind {
        CTRL_C_EVENT => ShutdownEvent::CtrlC,
        CTRL_BREAK_EVENT => ShutdownEvent::CtrlBreak,
        CTRL_CLOSE_EVENT => ShutdownEvent::CtrlClose,
        CTRL_LOGOFF_EVENT => ShutdownEvent::CtrlLogoff,
        CTRL_SHUTDOWN_EVENT => ShutdownEvent::CtrlShutdown,
        _ => return PASSED_ON,
    };
    // C7: what the C runtime ignores, it is to ignore by itself.
    if !ACTIVE.load(Ordering::SeqCst) || handler::is_ignored(event) {
        return PASSED_ON;
    }
    if event == ShutdownEvent::CtrlLogoff && !handler::logoff_ends() {
        // C6. What follows keeps a service, and would end any other program.
        return if service::is_service() { PASSED_ON } else { HANDLED };
    }
    // First what takes a look at the system, here, where nobody waits.
    let grant = grant::of(event, false);
    handler::receive(event);
    if let Some(grant) = grant {
        hold(came.plus(Span::from(grant)));
    }
    HANDLED
}

/// Holds the system's thread: by sleeping, which no exit can be held up by. To the end of the grant, not only as long as
/// deadlines may be: the last half second is for unwinding.
pub(super) fn hold(until: Time) {
    loop {
        let left = Time::now().until(until);
        if left.is_zero() {
            return;
        }
        std::thread::sleep(left);
    }
}
