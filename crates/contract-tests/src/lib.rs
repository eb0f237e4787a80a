//! What the tests and their helper program share: on Windows, the part of the system that delivers console events.
//!
//! On Unix there is nothing to share: the kernel has `kill`.

#[cfg(windows)]
pub mod windows;
