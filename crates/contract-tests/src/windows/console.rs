//! The console's part in a console event.
//!
//! Windows has the console host ask the session's server to start a thread in the process, on the system's own
//! dispatcher, `CtrlRoutine`, with the event as its argument; that thread calls the handlers, ours among them. Here the
//! thread is started by us, as msys2 and Git for Windows do it for their `kill`: what runs in the process is the same.

use std::io;
use std::os::windows::io::{AsRawHandle, FromRawHandle, OwnedHandle};
use std::str::FromStr;
use std::time::Duration;

use windows_sys::Win32::Foundation::{WAIT_OBJECT_0, WAIT_TIMEOUT};
use windows_sys::Win32::System::Diagnostics::ToolHelp::{
    CreateToolhelp32Snapshot, TH32CS_SNAPTHREAD, THREADENTRY32, Thread32First, Thread32Next,
};
use windows_sys::Win32::System::Threading::{
    CreateRemoteThread, GetExitCodeThread, INFINITE, LPTHREAD_START_ROUTINE, OpenProcess, PROCESS_CREATE_THREAD,
    PROCESS_QUERY_INFORMATION, PROCESS_SYNCHRONIZE, PROCESS_TERMINATE, PROCESS_VM_OPERATION, PROCESS_VM_READ,
    PROCESS_VM_WRITE, TerminateProcess, WaitForSingleObject,
};

use super::{STATUS_CONTROL_C_EXIT, function};

/// The five, with the numbers that a handler gets.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ConsoleEvent {
    /// `CTRL_C_EVENT`.
    C = 0,
    /// `CTRL_BREAK_EVENT`.
    Break = 1,
    /// `CTRL_CLOSE_EVENT`: the console's window is closed.
    Close = 2,
    /// `CTRL_LOGOFF_EVENT`.
    Logoff = 5,
    /// `CTRL_SHUTDOWN_EVENT`.
    Shutdown = 6,
}

impl ConsoleEvent {
    /// All of them, in the order of their numbers.
    pub const ALL: [Self; 5] = [Self::C, Self::Break, Self::Close, Self::Logoff, Self::Shutdown];

    /// Does Windows end the process behind it, whatever its handlers say?
    #[must_use]
    pub fn is_enforced(self) -> bool {
        !matches!(self, Self::C | Self::Break)
    }

    /// The name on a command line.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::C => "c",
            Self::Break => "break",
            Self::Close => "close",
            Self::Logoff => "logoff",
            Self::Shutdown => "shutdown",
        }
    }
}

impl FromStr for ConsoleEvent {
    type Err = String;

    fn from_str(name: &str) -> Result<Self, String> {
        Self::ALL.into_iter().find(|event| event.name() == name).ok_or_else(|| format!("no event is called {name:?}"))
    }
}

/// An event on its way through the handlers of a process.
pub struct Dispatch {
    pid: u32,
    process: OwnedHandle,
    thread: OwnedHandle,
}

/// Starts the thread in the process.
///
/// # Errors
///
/// There is no such process, or it may not be touched.
pub fn dispatch(pid: u32, event: ConsoleEvent) -> io::Result<Dispatch> {
    const RIGHTS: u32 = PROCESS_CREATE_THREAD
        | PROCESS_QUERY_INFORMATION
        | PROCESS_SYNCHRONIZE
        | PROCESS_TERMINATE
        | PROCESS_VM_OPERATION
        | PROCESS_VM_READ
        | PROCESS_VM_WRITE;
    // System libraries are at the same place in all processes of a session.
    let routine = function(c"kernelbase.dll", c"CtrlRoutine").or_else(|| function(c"kernel32.dll", c"CtrlRoutine"));
    let routine = routine.ok_or_else(|| io::Error::other("this system has no CtrlRoutine"))?;
    // SAFETY: it has the signature of a thread's start; the type of looked-up functions says nothing about theirs.
    let routine: LPTHREAD_START_ROUTINE = Some(unsafe { std::mem::transmute::<Looked, ThreadStart>(routine) });
    // SAFETY: takes no pointer.
    let process = owned(unsafe { OpenProcess(RIGHTS, 0, pid) })?;
    let argument = std::ptr::without_provenance(event as usize);
    // SAFETY: the routine takes the event's number where other threads have a pointer.
    let thread = unsafe {
        CreateRemoteThread(process.as_raw_handle(), std::ptr::null(), 0, routine, argument, 0, std::ptr::null_mut())
    };
    Ok(Dispatch { pid, process, thread: owned(thread)? })
}

/// As looking up a function gives it.
type Looked = unsafe extern "system" fn() -> isize;
type ThreadStart = unsafe extern "system" fn(*mut std::ffi::c_void) -> u32;

fn owned(handle: windows_sys::Win32::Foundation::HANDLE) -> io::Result<OwnedHandle> {
    if handle.is_null() {
        return Err(io::Error::last_os_error());
    }
    // SAFETY: it was made just now, and nobody else closes it.
    Ok(unsafe { OwnedHandle::from_raw_handle(handle) })
}

/// How many threads a process has.
fn threads_of(pid: u32) -> usize {
    // SAFETY: takes no pointer.
    let Ok(all) = owned(unsafe { CreateToolhelp32Snapshot(TH32CS_SNAPTHREAD, 0) }) else { return 0 };
    let size = u32::try_from(size_of::<THREADENTRY32>()).expect("a small structure");
    let mut entry = THREADENTRY32 { dwSize: size, ..THREADENTRY32::default() };
    let mut found = 0;
    // SAFETY: the handle and the entry are ours, and the entry tells its size.
    let mut more = unsafe { Thread32First(all.as_raw_handle(), &raw mut entry) };
    while more != 0 {
        found += usize::from(entry.th32OwnerProcessID == pid);
        // SAFETY: as above.
        more = unsafe { Thread32Next(all.as_raw_handle(), &raw mut entry) };
    }
    found
}

/// How a dispatch is over.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Over {
    /// The handlers have returned.
    Returned,
    /// The process has ended, or is on its way out, while they ran.
    WithTheProcess,
    /// The time is over.
    Timeout,
}

impl Over {
    /// The name that a program prints.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Returned => "returned",
            Self::WithTheProcess => "ended",
            Self::Timeout => "timeout",
        }
    }
}

impl Dispatch {
    /// Waits until the handlers are through with it, or the process has gone.
    ///
    /// # Panics
    ///
    /// If the system cannot wait, which it always can.
    #[must_use]
    pub fn wait(&self, within: Option<Duration>) -> Over {
        let millis = within.map_or(INFINITE, |time| u32::try_from(time.as_millis()).unwrap_or(INFINITE - 1));
        // SAFETY: the handle is ours.
        match unsafe { WaitForSingleObject(self.thread.as_raw_handle(), millis) } {
            WAIT_OBJECT_0 => self.over(),
            WAIT_TIMEOUT => Over::Timeout,
            _ => panic!("the dispatching thread cannot be waited for: {}", io::Error::last_os_error()),
        }
    }

    /// The dispatcher's own status is 0, on Wine 1. When a process ends, its threads are ended with its status.
    fn over(&self) -> Over {
        let mut status = 0;
        // SAFETY: the handle and the place are ours.
        unsafe { GetExitCodeThread(self.thread.as_raw_handle(), &raw mut status) };
        if status > 1 || self.is_on_its_way_out() { Over::WithTheProcess } else { Over::Returned }
    }

    /// A process that exits ends all its threads but one, which then lets the libraries say their last word: that may be
    /// another status. One with a single thread that does not end soon is just a small one.
    fn is_on_its_way_out(&self) -> bool {
        const SOON_MS: u32 = 3_000;
        // SAFETY: the handle is ours.
        let ended = |millis| unsafe { WaitForSingleObject(self.process.as_raw_handle(), millis) } == WAIT_OBJECT_0;
        threads_of(self.pid) <= 1 && ended(SOON_MS)
    }

    /// What Windows does behind an enforced event. It must not come into the end of a process that is on its way out.
    pub fn end_the_process(&self, over: Over) {
        if over == Over::WithTheProcess {
            return;
        }
        // SAFETY: the handle is ours. It fails if the process has gone, which is as good.
        unsafe { TerminateProcess(self.process.as_raw_handle(), STATUS_CONTROL_C_EXIT) };
    }
}
