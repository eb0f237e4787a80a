//! The functions of user32 that we use: looked up, never imported. A process that has user32 loaded gets no `CTRL_LOGOFF`
//! and no `CTRL_SHUTDOWN`, so we must not be what loads it.

use std::ffi::CStr;

use windows_sys::Win32::Foundation::{HINSTANCE, HWND, LPARAM, LRESULT, WPARAM};
use windows_sys::Win32::System::LibraryLoader::{LOAD_LIBRARY_SEARCH_SYSTEM32, LoadLibraryExA};
use windows_sys::Win32::UI::WindowsAndMessaging::{HMENU, MSG, WNDCLASSW};
use windows_sys::core::{BOOL, PCWSTR};

use super::module;

/// Declares the table, and how it is filled.
macro_rules! functions {
    ($($field:ident = $name:literal: fn($($argument:ty),*) -> $result:ty;)*) => {
        #[derive(Clone, Copy)]
        pub(super) struct User32 {
            $(pub(super) $field: unsafe extern "system" fn($($argument),*) -> $result,)*
        }

        impl User32 {
            /// `None`: a version without one of them.
            fn of(module: HINSTANCE) -> Option<Self> {
                Some(Self {
                    $($field: {
                        let function = module::function_in(module, $name)?;
                        // SAFETY: the address of the function of this name, which has this type.
                        unsafe {
                            std::mem::transmute::<*const std::ffi::c_void, unsafe extern "system" fn($($argument),*) -> $result>(
                                function,
                            )
                        }
                    },)*
                })
            }
        }
    };
}

functions! {
    register_class = c"RegisterClassW": fn(*const WNDCLASSW) -> u16;
    create_window = c"CreateWindowExW": fn(
        u32, PCWSTR, PCWSTR, u32, i32, i32, i32, i32, HWND, HMENU, HINSTANCE, *const std::ffi::c_void
    ) -> HWND;
    destroy_window = c"DestroyWindow": fn(HWND) -> BOOL;
    get_message = c"GetMessageW": fn(*mut MSG, HWND, u32, u32) -> BOOL;
    dispatch_message = c"DispatchMessageW": fn(*const MSG) -> LRESULT;
    default_procedure = c"DefWindowProcW": fn(HWND, u32, WPARAM, LPARAM) -> LRESULT;
    post_message = c"PostMessageW": fn(HWND, u32, WPARAM, LPARAM) -> BOOL;
    post_quit_message = c"PostQuitMessage": fn(i32) -> ();
    create_block_reason = c"ShutdownBlockReasonCreate": fn(HWND, PCWSTR) -> BOOL;
    destroy_block_reason = c"ShutdownBlockReasonDestroy": fn(HWND) -> BOOL;
}

/// The functions, if this process has user32 or gdi32 loaded already.
pub(super) fn if_loaded() -> Option<User32> {
    const NAME: &CStr = c"user32.dll";
    if module::loaded(NAME).is_none() && module::loaded(c"gdi32.dll").is_none() {
        return None;
    }
    // Also where it is loaded: so that it stays.
    // SAFETY: a string that ends with a null.
    let module = unsafe { LoadLibraryExA(NAME.as_ptr().cast(), std::ptr::null_mut(), LOAD_LIBRARY_SEARCH_SYSTEM32) };
    if module.is_null() { None } else { User32::of(module) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn c21_all_functions_are_there_where_user32_is() {
        // SAFETY: a string that ends with a null. Wine has it loaded; Windows does not.
        let loaded = unsafe { LoadLibraryExA(c"user32.dll".as_ptr().cast(), std::ptr::null_mut(), 0) };
        assert!(!loaded.is_null());
        assert!(if_loaded().is_some());
    }
}
