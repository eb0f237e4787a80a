//! The end of the process, by the C library that the interpreter uses: what C code has registered runs.

/// Ends the process; the engine gives it its status.
pub(crate) fn exit(status: i32) -> ! {
    // SAFETY: may be called from anywhere but an exit function; ours are called by the interpreter.
    unsafe { libc::exit(status) }
}
