//! The interpreter's C runtime, whose functions are looked up: this library may be linked with another.

use std::ffi::{CStr, c_int};

use shutdown_protection::face::{self, CRuntime};
use windows_sys::Win32::System::LibraryLoader::{GetModuleHandleA, GetProcAddress};

/// A function, of whatever kind.
pub(super) type Found = unsafe extern "system" fn() -> isize;

/// A function of a module that is loaded.
pub(super) fn function_of(module: &CStr, name: &CStr) -> Option<Found> {
    // SAFETY: strings that end with a null; a null module is refused.
    unsafe { GetProcAddress(GetModuleHandleA(module.as_ptr().cast()), name.as_ptr().cast()) }
}

pub(super) fn function(name: &CStr) -> Option<Found> {
    function_of(c"ucrtbase.dll", name)
}

/// Tells the engine where the interpreter's signals and its exit are.
pub(crate) fn adopt() {
    type Signal = unsafe extern "C" fn(c_int, usize) -> usize;
    type Atexit = unsafe extern "C" fn(extern "C" fn()) -> c_int;
    // SAFETY: the runtime's functions of these names, as its headers declare them.
    let runtime = unsafe {
        CRuntime {
            signal: function(c"signal").map(|function| std::mem::transmute::<Found, Signal>(function)),
            atexit: function(c"_crt_atexit").map(|function| std::mem::transmute::<Found, Atexit>(function)),
        }
    };
    face::use_c_runtime(runtime);
}
