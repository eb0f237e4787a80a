//! Threads of our own, and which one is the main thread.

use std::io;
use std::os::windows::io::AsRawHandle;
use std::sync::atomic::{AtomicU32, Ordering};
use std::thread::{Builder, JoinHandle};

use windows_sys::Win32::Foundation::{CloseHandle, FILETIME, INVALID_HANDLE_VALUE};
use windows_sys::Win32::System::Diagnostics::ToolHelp::{
    CreateToolhelp32Snapshot, TH32CS_SNAPTHREAD, THREADENTRY32, Thread32First, Thread32Next,
};
use windows_sys::Win32::System::Threading::{
    GetCurrentThreadId, GetThreadTimes, OpenThread, THREAD_QUERY_LIMITED_INFORMATION,
};

use super::exit;

/// The thread that runs `main`; 0 while that is not known.
static MAIN: AtomicU32 = AtomicU32::new(0);

/// The loader calls us in the program's first thread, before `main`.
pub(super) fn this_is_main() {
    MAIN.store(id() as u32, Ordering::Relaxed);
}

/// Nothing keeps events back here: those of the console come in threads of their own.
pub(crate) fn keeping_events_back<T>(work: impl FnOnce() -> T) -> T {
    work()
}

/// Is this the thread that runs `main`?
pub(crate) fn is_main() -> bool {
    let main = match MAIN.load(Ordering::Relaxed) {
        0 => {
            let oldest = oldest().unwrap_or(0);
            MAIN.store(oldest, Ordering::Relaxed);
            oldest
        }
        main => main,
    };
    main as usize == id()
}

/// A library that a program loads cannot have seen the first thread begin: it is the oldest one.
fn oldest() -> Option<u32> {
    let process = std::process::id();
    // SAFETY: a snapshot of all threads, closed below. The entry has the size that it says.
    unsafe {
        let snapshot = CreateToolhelp32Snapshot(TH32CS_SNAPTHREAD, 0);
        if snapshot == INVALID_HANDLE_VALUE {
            return None;
        }
        let mut entry = THREADENTRY32 { dwSize: size_of::<THREADENTRY32>() as u32, ..Default::default() };
        let mut oldest: Option<(u64, u32)> = None;
        let mut more = Thread32First(snapshot, &raw mut entry);
        while more != 0 {
            if entry.th32OwnerProcessID == process {
                let thread = began(entry.th32ThreadID).map(|began| (began, entry.th32ThreadID));
                oldest = [oldest, thread].into_iter().flatten().min();
            }
            more = Thread32Next(snapshot, &raw mut entry);
        }
        CloseHandle(snapshot);
        oldest.map(|(_, thread)| thread)
    }
}

/// When a thread of this process was made.
fn began(thread: u32) -> Option<u64> {
    let none = FILETIME { dwLowDateTime: 0, dwHighDateTime: 0 };
    let (mut created, mut exited, mut kernel, mut user) = (none, none, none, none);
    // SAFETY: the handle is used while it is open, and the times are ours.
    unsafe {
        let handle = OpenThread(THREAD_QUERY_LIMITED_INFORMATION, 0, thread);
        if handle.is_null() {
            return None;
        }
        let known = GetThreadTimes(handle, &raw mut created, &raw mut exited, &raw mut kernel, &raw mut user);
        CloseHandle(handle);
        (known != 0).then(|| u64::from(created.dwHighDateTime) << 32 | u64::from(created.dwLowDateTime))
    }
}

/// Starts a thread. There is no mask to be kept from it: no event is ever delivered in the middle of its code.
pub(crate) fn spawn_masked(name: &str, body: impl FnOnce() + Send + 'static) -> io::Result<JoinHandle<()>> {
    let thread = Builder::new().name(name.to_owned()).spawn(body)?;
    exit::note_thread(thread.as_raw_handle());
    Ok(thread)
}

/// There are no masks.
pub(crate) fn remember_mask() {}

/// There are no masks.
pub(crate) fn restore_mask() {}

/// The waits see to it by themselves: `wake`.
pub(crate) fn precise_timers() {}

/// This thread as interpreters address it.
pub(crate) fn handle() -> u64 {
    id() as u64
}

/// A number for this thread, never 0, that other threads of the process do not have now.
pub(crate) fn id() -> usize {
    // SAFETY: takes nothing and cannot fail.
    unsafe { GetCurrentThreadId() as usize }
}

/// Never called: see `fork`.
pub(crate) fn forked() {}

/// To ask costs no system call here, once the thread is known.
pub(crate) fn is_main_cached() -> bool {
    is_main()
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The harness runs tests in threads of its own.
    #[test]
    fn c18_the_oldest_thread_is_the_one_that_the_loader_saw_first() {
        let main = MAIN.load(Ordering::Relaxed);
        assert_ne!(main, 0, "the loader has called us");
        assert_eq!(oldest(), Some(main));
        assert!(!std::thread::spawn(is_main).join().unwrap());
    }
}
