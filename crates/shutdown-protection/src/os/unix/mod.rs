//! Unix: Linux, and by the same code macOS and the BSDs.
//!
//! With `--cfg shutdown_protection_portable` Linux gets what the others get: the pipe, fences instead of `membarrier`,
//! the exact clock, `atexit` instead of `on_exit`. So the tests run the lines of systems that the project cannot reach.

pub(crate) mod barrier;
pub(crate) mod clock;
#[cfg(any(test, all(target_os = "linux", target_arch = "x86_64", not(shutdown_protection_portable), not(miri))))]
mod counter;
pub(crate) mod end;
pub(crate) mod exit;
pub(crate) mod fork;
pub(crate) mod grant;
pub(crate) mod guest;
pub(crate) mod handler;
pub(crate) mod install;
mod signals;
pub(crate) mod thread;

#[cfg(all(any(target_os = "linux", target_os = "android"), not(shutdown_protection_portable)))]
#[path = "wake_futex.rs"]
pub(crate) mod wake;
#[cfg(any(not(any(target_os = "linux", target_os = "android")), shutdown_protection_portable))]
#[path = "wake_pipe.rs"]
pub(crate) mod wake;

/// The other systems' wake-up works on Linux too, so its tests run there.
#[cfg(all(test, any(target_os = "linux", target_os = "android"), not(shutdown_protection_portable)))]
#[allow(dead_code, reason = "the tests do not use all of it")]
mod wake_pipe;
