//! What the system does with programs on Windows, for tests that must not wait for a person at a console.

pub mod clock;
pub mod console;
pub mod held;

use std::ffi::CStr;

use windows_sys::Win32::Foundation::FARPROC;
use windows_sys::Win32::System::LibraryLoader::{GetModuleHandleA, GetProcAddress};

/// What the parent of a process sees that a console event has ended: `STATUS_CONTROL_C_EXIT`.
pub const STATUS_CONTROL_C_EXIT: u32 = 0xC000_013A;

/// A function of a library that every process has loaded.
pub(crate) fn function(library: &CStr, name: &CStr) -> FARPROC {
    // SAFETY: both names end with a zero byte; a library that is not there gives a null handle, and that no function.
    unsafe { GetProcAddress(GetModuleHandleA(library.as_ptr().cast()), name.as_ptr().cast()) }
}

/// Is this Wine? Some of what it does differently from Windows is no business of a test of ours.
#[must_use]
pub fn is_wine() -> bool {
    function(c"ntdll.dll", c"wine_get_version").is_some()
}
