//! The moments of the program's own exit.
//!
//! While all threads still run: `atexit` of the C runtime, when `main` returns; and `ExitProcess`, which is all that
//! `std::process::exit` calls (`exit_process`). There the blocks of other threads are waited for.
//!
//! At the very end the system has ended all other threads, with the status that the program exits with, has told the
//! libraries, and calls the program's own loader callbacks. There the status is known, by one of those threads, and
//! enforced (C19). Whoever ends the process by other ways, such as `_exit` of the C runtime, has its own status.

use std::ffi::c_void;
use std::panic::catch_unwind;
use std::ptr;
use std::sync::atomic::{AtomicBool, AtomicPtr, AtomicUsize, Ordering};
use std::time::Duration;

use windows_sys::Win32::Foundation::{DUPLICATE_SAME_ACCESS, DuplicateHandle, HANDLE, STILL_ACTIVE};
use windows_sys::Win32::System::LibraryLoader::GetModuleHandleW;
use windows_sys::Win32::System::SystemServices::{DLL_PROCESS_ATTACH, DLL_PROCESS_DETACH};
use windows_sys::Win32::System::Threading::{GetCurrentProcess, GetExitCodeThread};

use super::{crt, end, exit_process, module, thread};

static REGISTERED: AtomicBool = AtomicBool::new(false);
/// The thread that exits, or 0.
static EXITS: AtomicUsize = AtomicUsize::new(0);
/// A thread of ours, which lives as long as the process.
static THREAD: AtomicPtr<c_void> = AtomicPtr::new(ptr::null_mut());

/// Registers for all moments. Once a process.
pub(crate) fn register() {
    if REGISTERED.swap(true, Ordering::AcqRel) {
        return;
    }
    keep_entries();
    if let Some(atexit) = crt::runtime().atexit {
        // SAFETY: a static function without arguments. If there is no room (at least 32 by the standard), the exit is an
        // ordinary one.
        unsafe { atexit(at_exit) };
    }
    if module::is_program() {
        exit_process::divert();
    }
}

/// Keeps a thread that we have started, the first of all: the supervisor.
pub(super) fn note_thread(thread: HANDLE) {
    if !THREAD.load(Ordering::SeqCst).is_null() {
        return;
    }
    let mut kept: HANDLE = ptr::null_mut();
    // SAFETY: the thread's handle is open, and the process is this one. The copy is never closed.
    unsafe {
        let process = GetCurrentProcess();
        DuplicateHandle(process, thread, process, &raw mut kept, 0, 0, DUPLICATE_SAME_ACCESS);
    }
    THREAD.store(kept, Ordering::SeqCst);
}

extern "C" fn at_exit() {
    begins();
}

/// The exit begins. The first thread that exits does so for all: another one that wants to exit meanwhile waits for
/// the end.
pub(super) fn begins() {
    let me = thread::id();
    match EXITS.compare_exchange(0, me, Ordering::SeqCst, Ordering::SeqCst) {
        Ok(_) => {
            // A panic must not cross into the C library; there is none to be expected.
            let _ = catch_unwind(crate::exit::begins);
        }
        Err(first) if first == me => {}
        Err(_) => loop {
            std::thread::sleep(Duration::MAX);
        },
    }
}

/// Behind all functions of `atexit`, since it was registered before them.
pub(super) extern "C" fn at_late_exit() {
    if EXITS.load(Ordering::SeqCst) != 0 {
        let _ = catch_unwind(crate::exit::goes_on);
    }
}

/// Before `main`: the C runtime calls the functions of this section.
#[used]
// SAFETY: the section holds pointers to functions of this type.
#[unsafe(link_section = ".CRT$XCU")]
static BEFORE_MAIN: extern "C" fn() = {
    extern "C" fn before_main() {
        if module::is_program() {
            // SAFETY: a static function without arguments.
            unsafe { crt::atexit(at_late_exit) };
        }
    }
    before_main
};

/// The loader calls the functions of this section.
#[used]
// SAFETY: the section holds pointers to functions of this type.
#[unsafe(link_section = ".CRT$XLC")]
static LOADER: unsafe extern "system" fn(*mut c_void, u32, *mut c_void) = {
    unsafe extern "system" fn loader(this: *mut c_void, reason: u32, _: *mut c_void) {
        match reason {
            // SAFETY: null asks for the program.
            DLL_PROCESS_ATTACH if this == unsafe { GetModuleHandleW(ptr::null()) } => thread::this_is_main(),
            DLL_PROCESS_DETACH => at_the_very_end(),
            _ => {}
        }
    }
    loader
};

/// Linkers drop sections that nobody names.
fn keep_entries() {
    unsafe extern "C" {
        /// The C runtime's, without which the loader calls nobody.
        #[link_name = "_tls_used"]
        static TLS_USED: u8;
    }
    // SAFETY: statics.
    unsafe {
        (&raw const TLS_USED).read_volatile();
        (&raw const LOADER).read_volatile();
        (&raw const BEFORE_MAIN).read_volatile();
    }
}

/// No other thread runs any more, and some may have been ended in the middle of anything: no lock is waited for.
fn at_the_very_end() {
    if let Some(status) = status().and_then(|status| other_status(status, true)) {
        end::with_code(status);
    }
}

/// The status to end with in place of this one of the program's (C19), once the exit has begun. `alone`: the other threads
/// are gone.
pub(super) fn other_status(status: i32, alone: bool) -> Option<i32> {
    if EXITS.load(Ordering::SeqCst) == 0 {
        return None;
    }
    catch_unwind(|| crate::exit::last_word(status, alone)).ok().flatten()
}

/// The status that the program exits with: the system has ended our thread with it.
fn status() -> Option<i32> {
    let mut status = 0;
    // SAFETY: a handle of ours, or null, which is refused.
    let known = unsafe { GetExitCodeThread(THREAD.load(Ordering::SeqCst), &raw mut status) } != 0;
    (known && status != STILL_ACTIVE as u32).then_some(status as i32)
}
