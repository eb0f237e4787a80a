//! `std::process::exit` on Windows is `ExitProcess`, which ends all other threads before it tells anybody. So that their
//! blocks are waited for (C28), the program's own imports of it lead to us first, from the first use of this library on.
//! What other modules import is left alone: the C runtime's `exit` has called us by then. Only Wine's runtimes are diverted
//! too, since Wine does not call the loader callbacks of a program, where the status is enforced.

use std::ffi::c_void;
use std::ptr;
use std::sync::atomic::{AtomicUsize, Ordering};

use windows_sys::Win32::Foundation::HMODULE;
use windows_sys::Win32::System::Diagnostics::Debug::IMAGE_DIRECTORY_ENTRY_IMPORT;
#[cfg(target_pointer_width = "32")]
use windows_sys::Win32::System::Diagnostics::Debug::IMAGE_NT_HEADERS32 as Headers;
#[cfg(target_pointer_width = "64")]
use windows_sys::Win32::System::Diagnostics::Debug::IMAGE_NT_HEADERS64 as Headers;
use windows_sys::Win32::System::Memory::{PAGE_READWRITE, VirtualProtect};
use windows_sys::Win32::System::SystemServices::{IMAGE_DOS_HEADER, IMAGE_IMPORT_DESCRIPTOR};

use super::{exit, module};

/// The system's own.
static EXIT_PROCESS: AtomicUsize = AtomicUsize::new(0);

/// Diverts the imports of the program. Once.
pub(super) fn divert() {
    let Some(original) = module::function(c"kernel32.dll", c"ExitProcess") else { return };
    EXIT_PROCESS.store(original as usize, Ordering::SeqCst);
    // SAFETY: our own module, and runtimes that no program unloads.
    unsafe {
        divert_in(module::ours(), original, exit_process as *const c_void);
        if module::is_wine() {
            for runtime in [c"msvcrt.dll", c"ucrtbase.dll"].into_iter().filter_map(module::loaded) {
                divert_in(runtime, original, exit_process_of_runtime as *const c_void);
            }
        }
    }
}

/// # Safety
///
/// The module stays loaded; `function` has the type of `original`.
unsafe fn divert_in(module: HMODULE, original: *const c_void, function: *const c_void) {
    // SAFETY: as the caller says.
    unsafe {
        for import in imports(module.cast_const().cast()) {
            if ptr::read_volatile(import) == original {
                replace(import, function);
            }
        }
    }
}

/// The places that the loader has filled with the addresses of imported functions.
///
/// # Safety
///
/// `base` is that of a module that stays loaded.
unsafe fn imports(base: *const u8) -> Vec<*mut *const c_void> {
    let mut places = Vec::new();
    // SAFETY: the headers and tables of a module that the loader has accepted; each table ends with a null.
    unsafe {
        let headers = &*base.add((*base.cast::<IMAGE_DOS_HEADER>()).e_lfanew as usize).cast::<Headers>();
        let directory = &headers.OptionalHeader.DataDirectory[usize::from(IMAGE_DIRECTORY_ENTRY_IMPORT)];
        if directory.VirtualAddress == 0 {
            return places;
        }
        let mut library = base.add(directory.VirtualAddress as usize).cast::<IMAGE_IMPORT_DESCRIPTOR>();
        while (*library).Name != 0 {
            let mut place = base.add((*library).FirstThunk as usize).cast::<*const c_void>().cast_mut();
            while !(*place).is_null() {
                places.push(place);
                place = place.add(1);
            }
            library = library.add(1);
        }
    }
    places
}

/// Writes one place, which linkers put into memory that is read only once the loader has filled it.
///
/// # Safety
///
/// `place` is one of [`imports`], and `function` has the type of what is imported there.
unsafe fn replace(place: *mut *const c_void, function: *const c_void) {
    let (size, mut protection) = (size_of::<*const c_void>(), 0);
    // SAFETY: the place is a pointer of the module's; a reader finds the one function or the other.
    unsafe {
        if VirtualProtect(place.cast(), size, PAGE_READWRITE, &raw mut protection) != 0 {
            ptr::write_volatile(place, function);
            VirtualProtect(place.cast(), size, protection, &raw mut protection);
        }
    }
}

/// In place of the system's.
unsafe extern "system" fn exit_process(status: u32) -> ! {
    exit::begins();
    exit::at_late_exit();
    leave(status)
}

/// The same where the C runtime calls it: behind its exit functions, or without them, by `_exit`.
unsafe extern "system" fn exit_process_of_runtime(status: u32) -> ! {
    leave(status)
}

/// Here the status can still be changed in an orderly way, before the system tells the libraries.
fn leave(status: u32) -> ! {
    let status = exit::other_status(status as i32, false).map_or(status, |status| status as u32);
    // SAFETY: the system's function, which has this type.
    unsafe {
        let original: unsafe extern "system" fn(u32) -> ! = std::mem::transmute(EXIT_PROCESS.load(Ordering::SeqCst));
        original(status)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn c28_the_programs_exit_is_among_its_imports() {
        let original = module::function(c"kernel32.dll", c"ExitProcess").unwrap();
        // SAFETY: our own module, whose places are read.
        let imported: Vec<_> = unsafe {
            imports(module::ours().cast_const().cast()).into_iter().map(|place| ptr::read_volatile(place)).collect()
        };
        // Another test may have installed the engine.
        assert!(imported.contains(&original) || imported.contains(&(exit_process as *const c_void)));
    }
}
