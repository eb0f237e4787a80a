//! What happens in the child of a `fork`.

use std::io;
use std::sync::atomic::{AtomicBool, Ordering};

/// A child inherits the registration with the memory.
static WATCHED: AtomicBool = AtomicBool::new(false);

/// Makes `fork` call [`crate::engine::forked`] in each child, before it returns there. Called by one thread at a time.
pub(crate) fn watch() -> io::Result<()> {
    if is_watched() {
        return Ok(());
    }
    // SAFETY: the function is a static one, takes nothing, and only stores to atomics and to a thread-local
    // without a destructor.
    match unsafe { libc::pthread_atfork(None, None, Some(in_child)) } {
        0 => {
            WATCHED.store(true, Ordering::Release);
            Ok(())
        }
        error => Err(io::Error::from_raw_os_error(error)),
    }
}

/// Does each fork from now on call it?
pub(super) fn is_watched() -> bool {
    WATCHED.load(Ordering::Acquire)
}

unsafe extern "C" fn in_child() {
    crate::engine::forked();
}
