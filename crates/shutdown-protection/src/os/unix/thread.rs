//! Threads of our own, and which one is the main thread.

use std::cell::Cell;
use std::io;
#[cfg(not(any(target_os = "linux", target_os = "android")))]
use std::sync::atomic::{AtomicUsize, Ordering};
use std::thread::{Builder, JoinHandle};

use crate::fork_lock::ForkLock;

use super::signals::{mask, ours, set};

/// The mask of the thread that installed the handlers: callbacks of the user run with it, not with the
/// supervisor's, since the programs that they start inherit it.
static CALLBACK_MASK: ForkLock<Option<libc::sigset_t>> = ForkLock::new(None);

/// Starts a thread with every signal blocked, from its first instruction on: no event is ever delivered in
/// it.
pub(crate) fn spawn_masked(name: &str, body: impl FnOnce() + Send + 'static) -> io::Result<JoinHandle<()>> {
    // The new thread inherits the mask.
    let former = mask(libc::SIG_SETMASK, &set(true));
    let spawned = Builder::new().name(name.to_owned()).spawn(body);
    mask(libc::SIG_SETMASK, &former);
    spawned
}

/// Remembers this thread's mask for callbacks.
pub(crate) fn remember_mask() {
    let empty = set(false);
    let mine = mask(libc::SIG_BLOCK, &empty);
    *CALLBACK_MASK.lock() = Some(mine);
}

/// Gives this thread the mask that [`remember_mask`] kept.
pub(crate) fn restore_mask() {
    let kept = *CALLBACK_MASK.lock();
    if let Some(kept) = kept {
        mask(libc::SIG_SETMASK, &kept);
    }
}

/// Runs `work` in this thread without our signals, which come when it is done.
pub(crate) fn keeping_events_back<T>(work: impl FnOnce() -> T) -> T {
    let former = mask(libc::SIG_BLOCK, &ours());
    let result = work();
    mask(libc::SIG_SETMASK, &former);
    result
}

/// Lets timers of this thread fire when they are due: Linux otherwise adds up to 50 us to be able to batch
/// wake-ups.
pub(crate) fn precise_timers() {
    #[cfg(any(target_os = "linux", target_os = "android"))]
    // SAFETY: takes numbers only and changes this thread alone.
    unsafe {
        libc::prctl(libc::PR_SET_TIMERSLACK, 1 as libc::c_ulong, 0, 0, 0);
    }
}

/// Is this the thread that runs `main`?
#[cfg(any(target_os = "linux", target_os = "android"))]
pub(crate) fn is_main() -> bool {
    // SAFETY: both calls take nothing and cannot fail.
    unsafe { libc::syscall(libc::SYS_gettid) == libc::c_long::from(libc::getpid()) }
}

/// Is this the thread that runs `main`? Not all of these systems say it of the thread that forked, in its child.
#[cfg(not(any(target_os = "linux", target_os = "android")))]
pub(crate) fn is_main() -> bool {
    match FORKED_BY.load(Ordering::Relaxed) {
        0 => is_first(),
        forker => forker == id(),
    }
}

#[cfg(not(any(target_os = "linux", target_os = "android", target_os = "netbsd")))]
fn is_first() -> bool {
    // SAFETY: the call takes nothing and cannot fail.
    unsafe { libc::pthread_main_np() != 0 }
}

/// This thread as `pthread_kill` and interpreters address it.
pub(crate) fn handle() -> u64 {
    // SAFETY: takes nothing and cannot fail.
    unsafe { libc::pthread_self() as u64 }
}

/// The first thread has the number 1, and since NetBSD 10 that of the process.
#[cfg(target_os = "netbsd")]
fn is_first() -> bool {
    // SAFETY: both calls take nothing and cannot fail.
    let (thread, process) = unsafe { (libc::_lwp_self(), libc::getpid()) };
    thread == 1 || thread == process
}

/// A number for this thread, never 0, that other threads of the process do not have now. For signal handlers.
pub(crate) fn id() -> usize {
    // SAFETY: these calls take nothing and cannot fail.
    unsafe {
        #[cfg(all(any(target_os = "linux", target_os = "android"), not(shutdown_protection_portable)))]
        return libc::syscall(libc::SYS_gettid) as usize;
        #[cfg(any(not(any(target_os = "linux", target_os = "android")), shutdown_protection_portable))]
        return libc::pthread_self() as usize;
    }
}

thread_local! {
    static IS_MAIN: Cell<Option<bool>> = const { Cell::new(None) };
}

/// The thread that forked this process, or 0 in one that no fork of ours has made.
#[cfg(not(any(target_os = "linux", target_os = "android")))]
static FORKED_BY: AtomicUsize = AtomicUsize::new(0);

/// In the child of a fork, the thread that forked is the main one.
pub(crate) fn forked() {
    #[cfg(not(any(target_os = "linux", target_os = "android")))]
    FORKED_BY.store(id(), Ordering::Relaxed);
    IS_MAIN.set(None);
}

/// As [`is_main`], asked of the system until the answer will stay. The main thread is that in the child of its fork too, of
/// which we may not be told; another thread that forks is the main one there, and before the first use of the engine we are
/// not told.
pub(crate) fn is_main_cached() -> bool {
    IS_MAIN.get().unwrap_or_else(|| {
        let is_main = is_main();
        if is_main || super::fork::is_watched() {
            IS_MAIN.set(Some(is_main));
        }
        is_main
    })
}
