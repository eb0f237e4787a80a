//! Windows. The interpreter's C runtime is `ucrtbase.dll`, whatever runtime this library is linked with.

pub(crate) mod fork;
pub(crate) mod process;
mod runtime;
pub(crate) mod signals;
pub(crate) mod wake;
mod wake_loop;

pub(crate) use runtime::adopt;
