//! The end of the process, by the C runtime that the interpreter uses: what was registered there runs.

use std::ffi::c_int;

use super::runtime;

/// Ends the process; the engine gives it its status.
pub(crate) fn exit(status: i32) -> ! {
    if let Some(exit) = runtime::function(c"exit") {
        // SAFETY: the runtime's function of this name, which takes an `int` and does not return.
        let exit: unsafe extern "C" fn(c_int) -> ! = unsafe { std::mem::transmute(exit) };
        // SAFETY: may be called from anywhere but an exit function; ours are called by the interpreter.
        unsafe { exit(status) }
    }
    std::process::exit(status)
}
