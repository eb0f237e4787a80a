//! Unix: Linux, and by the same code macOS and the BSDs.

pub(crate) mod barrier;
pub(crate) mod clock;
pub(crate) mod end;
pub(crate) mod exit;
pub(crate) mod fork;
pub(crate) mod guest;
pub(crate) mod handler;
pub(crate) mod install;
mod signals;
pub(crate) use signals::status;
pub(crate) mod thread;

#[cfg(any(target_os = "linux", target_os = "android"))]
#[path = "wake_futex.rs"]
pub(crate) mod wake;
#[cfg(not(any(target_os = "linux", target_os = "android")))]
#[path = "wake_pipe.rs"]
pub(crate) mod wake;

/// The other systems' wake-up works on Linux too, so its tests run there.
#[cfg(all(test, any(target_os = "linux", target_os = "android")))]
#[allow(dead_code, reason = "the tests do not use all of it")]
mod wake_pipe;
