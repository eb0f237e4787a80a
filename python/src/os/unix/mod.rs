//! Linux, macOS and the BSDs.

pub(crate) mod fork;
mod private;
pub(crate) mod process;
pub(crate) mod signals;
pub(crate) mod wake;

/// The C library is everybody's.
pub(crate) fn adopt() {}
