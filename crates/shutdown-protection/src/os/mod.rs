//! What differs from system to system. Each system has the same functions; nothing above this folder
//! knows a signal number or makes a system call.

#[cfg(unix)]
mod unix;
#[cfg(unix)]
pub(crate) use unix::*;

#[cfg(not(unix))]
compile_error!("shutdown-protection does not support this system yet: Windows comes next");
