//! The end of the process, so that its parent sees why (C19).

use windows_sys::Win32::Foundation::STATUS_CONTROL_C_EXIT;
use windows_sys::Win32::System::Threading::{GetCurrentProcess, TerminateProcess};

use crate::event::ShutdownEvent;

/// Ends as the event demands: with what the system's own handler ends a program by, or with 0 if it was no event from
/// outside.
pub(crate) fn by(event: ShutdownEvent, _core_dump: bool) -> ! {
    with_code(status(event))
}

/// The status that stands for an event.
pub(crate) fn status(event: ShutdownEvent) -> i32 {
    match event {
        ShutdownEvent::Request | ShutdownEvent::Exit => 0,
        _ => STATUS_CONTROL_C_EXIT,
    }
}

/// Ends at once with this status: no destructor, no exit function.
///
/// Not by `ExitProcess`: that ends the other threads first and then calls the libraries, whose locks those may have held.
pub(crate) fn with_code(code: i32) -> ! {
    loop {
        // SAFETY: the process's own handle; the call ends this thread too, before it returns.
        unsafe { TerminateProcess(GetCurrentProcess(), code as u32) };
    }
}
