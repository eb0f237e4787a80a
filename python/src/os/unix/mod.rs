//! Linux, macOS and the BSDs.

pub(crate) mod fork;
pub(crate) mod process;
pub(crate) mod signals;
pub(crate) mod thread;
pub(crate) mod wake;
