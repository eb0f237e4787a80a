//! What differs from system to system. Each system has the same functions; nothing above this folder
//! knows a signal number or makes a system call.

#[cfg(unix)]
mod unix;
#[cfg(unix)]
pub(crate) use unix::*;

#[cfg(windows)]
mod windows;
#[cfg(windows)]
pub(crate) use windows::*;

#[cfg(not(any(unix, windows)))]
compile_error!("shutdown-protection supports Unix and Windows");
