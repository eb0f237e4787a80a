//! Waking the main thread, without the interpreter lock.
//!
//! A Python signal handler of ours is tripped, which the interpreter runs at its next check; and the event that a Ctrl-C sets is
//! set, which ends what the interpreter lets it end: `time.sleep`, and from 3.14 on locks. An event loop is given something
//! to do (`wake_loop`). No other blocked call can be made to return.

use std::ffi::{CString, c_void};
use std::ptr;
use std::sync::atomic::{AtomicPtr, Ordering};

use pyo3::ffi;
use pyo3::prelude::*;
use windows_sys::Win32::System::Threading::SetEvent;

use super::{runtime, wake_loop};
use crate::{interpreter, signals};

/// What `time.sleep` waits for besides its time. The interpreter keeps it for ever.
static INTERRUPT: AtomicPtr<c_void> = AtomicPtr::new(ptr::null_mut());

/// Asks the interpreter for its event. The function is no part of its documented interface
/// (<https://github.com/python/cpython/issues/128684>), so it may be missing.
pub(crate) fn prepare(py: Python<'_>) -> PyResult<()> {
    let version = py.version_info();
    let module = CString::new(format!("python{}{}.dll", version.major, version.minor))?;
    if let Some(function) = runtime::function_of(&module, c"_PyOS_SigintEvent") {
        // SAFETY: the interpreter's function of this name, which takes nothing, and gives a handle or null.
        let event = unsafe {
            let function: unsafe extern "C" fn() -> *mut c_void = std::mem::transmute(function);
            function()
        };
        INTERRUPT.store(event, Ordering::SeqCst);
    }
    Ok(())
}

/// Makes the main thread run what was queued for it, if it sleeps.
pub(crate) fn nudge_main() {
    let event = INTERRUPT.load(Ordering::SeqCst);
    if !event.is_null() {
        // SAFETY: an open handle.
        unsafe { SetEvent(event) };
    }
}

/// Makes the main thread take its turn.
pub(crate) fn wake_main() {
    if !signals::trip_ours() {
        // SAFETY: it does not need the interpreter lock (documented so), and queues a static function.
        unsafe { ffi::Py_AddPendingCall(Some(signals::pending_turn), ptr::null_mut()) };
        if let Some(signum) = signals::default_signal() {
            interpreter::trip(signum);
        }
    }
    nudge_main();
    wake_loop::wake();
}
