//! What happens in the child of a `fork`.

use std::io;
use std::sync::atomic::{AtomicBool, Ordering};

/// A child inherits the registration with the memory.
static WATCHED: AtomicBool = AtomicBool::new(false);

/// Makes `fork` call [`crate::engine::forked`] in each child, before it returns there.
pub(crate) fn watch() -> io::Result<()> {
    if WATCHED.swap(true, Ordering::AcqRel) {
        return Ok(());
    }
    // SAFETY: the function is a static one, takes nothing, and only stores to atomics and to a thread-local
    // without a destructor.
    match unsafe { libc::pthread_atfork(None, None, Some(in_child)) } {
        0 => Ok(()),
        error => {
            WATCHED.store(false, Ordering::Release);
            Err(io::Error::from_raw_os_error(error))
        }
    }
}

unsafe extern "C" fn in_child() {
    crate::engine::forked();
}
