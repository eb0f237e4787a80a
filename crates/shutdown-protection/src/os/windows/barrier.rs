//! A barrier that every thread of the process passes, made by one of them: `FlushProcessWriteBuffers`.
//!
//! <https://learn.microsoft.com/windows/win32/api/processthreadsapi/nf-processthreadsapi-flushprocesswritebuffers>: an
//! interprocessor interrupt to all processors that run a thread of the process; those that do not run pass a barrier when
//! they are scheduled.

use std::sync::atomic::{AtomicBool, Ordering};

use windows_sys::Win32::System::Threading::FlushProcessWriteBuffers;

use super::module;

static WORKS: AtomicBool = AtomicBool::new(false);

/// `false`: owners fence for themselves. Under Wine, whose versions up to 9 have the function and do nothing in it.
pub(crate) fn register() -> bool {
    let works = !module::is_wine();
    WORKS.store(works, Ordering::Relaxed);
    works
}

pub(crate) fn all_threads() -> bool {
    // Relaxed: the value is the same whoever wrote it, and `false` is the safe side.
    let works = WORKS.load(Ordering::Relaxed);
    if works {
        // SAFETY: takes nothing and cannot fail.
        unsafe { FlushProcessWriteBuffers() };
    }
    works
}
