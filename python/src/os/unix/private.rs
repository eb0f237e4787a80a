//! The private signal, whose only purpose is to make a call of the main thread return.
//!
//! Others may want the same signal: one that is used is never taken, and where ours has been taken from us, or the main thread keeps
//! it from itself, another one takes its place, when it is needed.

use std::sync::atomic::{AtomicI32, Ordering};

use super::signals::action;
use super::wake::on_private;

/// The private signal; 0: none is to be had.
static PRIVATE: AtomicI32 = AtomicI32::new(0);
/// The main thread, as the system counts threads; 0: the first one of the process.
static MAIN: AtomicI32 = AtomicI32::new(0);

/// Is it the thread that calls?
pub(super) fn main_is(this_thread: bool) {
    #[cfg(any(target_os = "linux", target_os = "android"))]
    // SAFETY: takes nothing and cannot fail.
    MAIN.store(if this_thread { unsafe { libc::gettid() } } else { 0 }, Ordering::SeqCst);
    #[cfg(not(any(target_os = "linux", target_os = "android")))]
    let _ = this_thread;
}

/// The signals that the main thread keeps from itself, one a bit; none where the system does not say.
pub(super) fn blocked_in_main() -> u64 {
    let thread = match MAIN.load(Ordering::SeqCst) {
        0 => std::process::id().to_string(),
        thread => thread.to_string(),
    };
    std::fs::read_to_string(format!("/proc/self/task/{thread}/status"))
        .ok()
        .and_then(|status| {
            let blocked = status.lines().find_map(|line| line.strip_prefix("SigBlk:"))?;
            u64::from_str_radix(blocked.trim(), 16).ok()
        })
        .unwrap_or(0)
}

fn is_in(blocked: u64, signal: libc::c_int) -> bool {
    blocked >> (signal - 1) & 1 != 0
}

/// What is to be sent: the signal that is ours still, or else another one. Where all are blocked, one that will be met when that is over.
pub(super) fn present(blocked: u64) -> Option<libc::c_int> {
    let present = Some(PRIVATE.load(Ordering::SeqCst)).filter(|signal| *signal != 0 && is_ours(*signal));
    present.filter(|signal| !is_in(blocked, *signal)).or_else(|| take(blocked)).or(present)
}

/// Takes one that nobody uses.
pub(super) fn take(blocked: u64) -> Option<libc::c_int> {
    let signal =
        candidates().filter(|signal| !is_in(blocked, *signal)).find(|signal| is_ours(*signal) || seize(*signal))?;
    PRIVATE.store(signal, Ordering::SeqCst);
    Some(signal)
}

fn handler() -> libc::sighandler_t {
    on_private as *const () as libc::sighandler_t
}

fn is_ours(signal: libc::c_int) -> bool {
    action(signal).is_some_and(|action| action.sa_sigaction == handler())
}

/// Puts our handler there, if there is none.
fn seize(signal: libc::c_int) -> bool {
    if action(signal).is_none_or(|action| action.sa_sigaction != libc::SIG_DFL) {
        return false;
    }
    // SAFETY: the actions are plain data, valid when zeroed; the handler is a static function.
    unsafe {
        let mut former: libc::sigaction = std::mem::zeroed();
        let mut action: libc::sigaction = std::mem::zeroed();
        // No SA_RESTART: to interrupt system calls is all that it is for.
        action.sa_sigaction = handler();
        if libc::sigaction(signal, &raw const action, &raw mut former) != 0 {
            return false;
        }
        // Somebody may have taken it since.
        let seized = former.sa_sigaction == libc::SIG_DFL || former.sa_sigaction == handler();
        if !seized {
            libc::sigaction(signal, &raw const former, std::ptr::null_mut());
        }
        seized
    }
}

/// First one that is ignored by default: a program that replaces this one by `exec` inherits a signal that is still on its
/// way.
fn candidates() -> impl Iterator<Item = i32> {
    #[cfg(any(target_os = "linux", target_os = "android"))]
    let further = (libc::SIGRTMIN() + 1..=libc::SIGRTMAX()).rev().skip(2);
    #[cfg(not(any(target_os = "linux", target_os = "android")))]
    let further = [libc::SIGIO].into_iter();
    [libc::SIGURG].into_iter().chain(further)
}
