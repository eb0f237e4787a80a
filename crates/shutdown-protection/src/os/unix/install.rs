//! Installing our handlers, and putting back what stood before.

use std::io;
use std::mem::MaybeUninit;
use std::sync::atomic::{AtomicU8, Ordering};

use super::signals::{number, ours};
use super::{guest, handler};
use crate::config::Settings;
use crate::event::ShutdownEvent;
use crate::face;
use crate::fork_lock::ForkLock;

const COUNT: usize = ShutdownEvent::SIGNALS.len();

/// What stood before ours, by event; it counts where [`STANDING`] says that ours is installed. Not touched by
/// handlers.
static FORMER: ForkLock<[Option<libc::sigaction>; COUNT]> = ForkLock::new([None; COUNT]);

/// By event, what a look without the lock needs.
static STANDING: [AtomicU8; COUNT] = [const { AtomicU8::new(0) }; COUNT];
const INSTALLED: u8 = 1;
const WAS_IGNORED: u8 = 2;
const REPLACED: u8 = 4;

fn query(signal: libc::c_int) -> io::Result<libc::sigaction> {
    let mut action = MaybeUninit::uninit();
    // SAFETY: the signal is valid; a null action only asks; the call fills the other.
    unsafe {
        match libc::sigaction(signal, std::ptr::null(), action.as_mut_ptr()) {
            0 => Ok(action.assume_init()),
            _ => Err(io::Error::last_os_error()),
        }
    }
}

fn put(signal: libc::c_int, action: &libc::sigaction) -> io::Result<()> {
    // SAFETY: the signal is valid, the action is one that the system gave us or `our_action`, whose handler is
    // static.
    match unsafe { libc::sigaction(signal, action, std::ptr::null_mut()) } {
        0 => Ok(()),
        _ => Err(io::Error::last_os_error()),
    }
}

/// `SA_RESTART`: protected code is not disturbed, its system calls go on (C4). `SA_SIGINFO`: guests get what they would
/// have got. Our four signals are masked meanwhile, so that one handler does not interrupt another on its thread, and a
/// storm does not pile up on its stack.
///
/// Not `SA_ONSTACK`: when a thread calls `std::process::exit`, Rust's runtime unmaps the main thread's alternate stack,
/// and disables it only for the thread that exits; a signal to the main thread, whose block the exit waits for (C28),
/// would then be delivered on memory that is gone (seen with Rust 1.95). The handler needs little stack.
fn our_action() -> libc::sigaction {
    // SAFETY: plain data for which zero is valid.
    let mut action: libc::sigaction = unsafe { std::mem::zeroed() };
    action.sa_sigaction = handler::address();
    action.sa_flags = libc::SA_RESTART | libc::SA_SIGINFO;
    action.sa_mask = ours();
    action
}

fn is_ours(action: &libc::sigaction) -> bool {
    action.sa_sigaction == handler::address()
}

/// Puts our handlers where they belong under these settings.
pub(crate) fn handlers(settings: &Settings) -> io::Result<()> {
    let mut former = FORMER.lock();
    for event in ShutdownEvent::SIGNALS {
        let Some(signal) = number(event) else { continue };
        let standing = &STANDING[event.index()];
        let present = query(signal)?;
        // C7: an ignored signal stays ignored, but for a SIGHUP that somebody wants to hear.
        let hears = event == ShutdownEvent::SigHup && settings.before_hup.is_some();
        if is_ours(&present) {
            let was_ignored = standing.load(Ordering::SeqCst) & WAS_IGNORED != 0;
            if was_ignored && !hears {
                give_back(event, signal, &mut former)?;
            }
            continue;
        }
        let ignored = present.sa_sigaction == libc::SIG_IGN;
        if ignored && !hears {
            continue;
        }
        guest::remember(event, &present, face::stands_for_default(event));
        former[event.index()] = Some(present);
        standing.store(if ignored { WAS_IGNORED } else { 0 }, Ordering::SeqCst);
        put(signal, &our_action())?;
        standing.fetch_or(INSTALLED, Ordering::SeqCst);
    }
    Ok(())
}

/// What [`handlers`] cannot do under the engine's lock: nothing.
pub(crate) fn look_again() -> io::Result<()> {
    Ok(())
}

fn give_back(
    event: ShutdownEvent,
    signal: libc::c_int,
    former: &mut [Option<libc::sigaction>; COUNT],
) -> io::Result<bool> {
    let standing = STANDING[event.index()].swap(0, Ordering::SeqCst);
    let Some(action) = former[event.index()].filter(|_| standing & INSTALLED != 0) else { return Ok(false) };
    if !is_ours(&query(signal)?) {
        return Ok(false);
    }
    put(signal, &action)?;
    Ok(true)
}

/// C8: puts back what stood before, where ours still stands.
pub(crate) fn restore() -> Vec<ShutdownEvent> {
    let mut former = FORMER.lock();
    let mut restored = Vec::new();
    for event in ShutdownEvent::SIGNALS {
        if number(event).is_some_and(|signal| give_back(event, signal, &mut former).unwrap_or(false)) {
            restored.push(event);
        }
    }
    restored
}

/// The events whose handlers another library has replaced, told once.
pub(crate) fn newly_replaced() -> Vec<ShutdownEvent> {
    if face::get().is_some_and(face::Face::is_installing) {
        return Vec::new();
    }
    // Not in the middle of an installation: what stood before it and what stands after it would be taken for one.
    let _installing = FORMER.lock();
    let is_newly_replaced = |event: &ShutdownEvent| {
        let standing = &STANDING[event.index()];
        let is_replaced = number(*event).and_then(|signal| query(signal).ok()).is_some_and(|action| !is_ours(&action));
        standing.load(Ordering::SeqCst) & (INSTALLED | REPLACED) == INSTALLED
            && is_replaced
            && standing.fetch_or(REPLACED, Ordering::SeqCst) & REPLACED == 0
    };
    ShutdownEvent::SIGNALS.into_iter().filter(is_newly_replaced).collect()
}

/// Is our handler installed for sure? Not while it is just being put there, or taken away.
pub(super) fn stands(event: ShutdownEvent) -> bool {
    STANDING[event.index()].load(Ordering::SeqCst) & INSTALLED != 0
}

/// Is ours the handler that the system calls for this event?
pub(crate) fn is_on_top(event: ShutdownEvent) -> bool {
    number(event).and_then(|signal| query(signal).ok()).is_some_and(|action| is_ours(&action))
}

/// Was `SIGHUP` ignored before us? Then it only calls `before_hup` (C7).
pub(crate) fn hup_was_ignored() -> bool {
    STANDING[ShutdownEvent::SigHup.index()].load(Ordering::SeqCst) & WAS_IGNORED != 0
}
