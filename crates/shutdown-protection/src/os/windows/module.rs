//! Modules of this process, and functions that a version of Windows may not have.

use std::ffi::{CStr, c_void};
use std::ptr;

use windows_sys::Win32::Foundation::HMODULE;
use windows_sys::Win32::System::LibraryLoader::{
    GET_MODULE_HANDLE_EX_FLAG_FROM_ADDRESS, GET_MODULE_HANDLE_EX_FLAG_PIN, GetModuleHandleA, GetModuleHandleExW,
    GetModuleHandleW, GetProcAddress,
};

/// A module, if it is loaded already.
pub(super) fn loaded(name: &CStr) -> Option<HMODULE> {
    // SAFETY: a string that ends with a null.
    let module = unsafe { GetModuleHandleA(name.as_ptr().cast()) };
    (!module.is_null()).then_some(module)
}

/// The address of a function of a module that is loaded.
pub(super) fn function(module: &CStr, name: &CStr) -> Option<*const c_void> {
    function_in(loaded(module)?, name)
}

pub(super) fn function_in(module: HMODULE, name: &CStr) -> Option<*const c_void> {
    // SAFETY: a module that is loaded, and a string that ends with a null.
    let function = unsafe { GetProcAddress(module, name.as_ptr().cast()) }?;
    Some(function as *const c_void)
}

/// Does Wine stand in for Windows?
pub(super) fn is_wine() -> bool {
    function(c"ntdll.dll", c"wine_get_version").is_some()
}

/// The module that holds this code: the program, or a library in it.
pub(super) fn ours() -> HMODULE {
    find(0)
}

/// Keeps our module loaded for ever: the system may call our handlers at any time.
pub(super) fn pin() {
    find(GET_MODULE_HANDLE_EX_FLAG_PIN);
}

fn find(flags: u32) -> HMODULE {
    let mut module = ptr::null_mut();
    let here = find as *const () as *const u16;
    // SAFETY: with this flag the second argument is an address in the module. Without the count of users being changed.
    unsafe {
        const UNCHANGED: u32 = windows_sys::Win32::System::LibraryLoader::GET_MODULE_HANDLE_EX_FLAG_UNCHANGED_REFCOUNT;
        let count = if flags == 0 { UNCHANGED } else { flags };
        GetModuleHandleExW(GET_MODULE_HANDLE_EX_FLAG_FROM_ADDRESS | count, here, &raw mut module);
    }
    module
}

/// Is our module the program itself?
pub(super) fn is_program() -> bool {
    // SAFETY: null asks for the program.
    ours() == unsafe { GetModuleHandleW(ptr::null()) }
}
