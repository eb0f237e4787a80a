//! The messages that windows get when the session or the program shall end.

use std::io;

use windows_sys::Win32::Foundation::{HWND, LPARAM, WPARAM};
use windows_sys::Win32::UI::WindowsAndMessaging::{
    EnumWindows, GetWindowThreadProcessId, PostMessageW, SMTO_NORMAL, SendMessageTimeoutW, WM_CLOSE, WM_ENDSESSION,
    WM_QUERYENDSESSION,
};
use windows_sys::core::BOOL;

/// Longer than any handling lasts.
const PATIENCE_MS: u32 = 20_000;

/// Sends the message to each top-level window of the process: `windows 1 answers 1`.
pub(crate) fn send(pid: u32, message: &str, bits: LPARAM) -> io::Result<String> {
    let windows = of_process(pid)?;
    let mut answers = String::new();
    for window in &windows {
        let answer = match message {
            "query" => ask(*window, WM_QUERYENDSESSION, 0, bits)?,
            "end" => ask(*window, WM_ENDSESSION, 1, bits)?,
            // Another program has refused: the session goes on.
            "cancel" => ask(*window, WM_ENDSESSION, 0, bits)?,
            "close" => post(*window, WM_CLOSE)?,
            other => return Err(io::Error::other(format!("no message is called {other:?}"))),
        };
        answers.push_str(&format!(" {answer}"));
    }
    Ok(format!("windows {} answers{answers}", windows.len()))
}

/// All top-level windows of the process, hidden ones too. The system lists them at once: to go from one to the next would
/// end where another program has closed its window meanwhile.
fn of_process(pid: u32) -> io::Result<Vec<HWND>> {
    let mut all: Vec<HWND> = Vec::new();
    // SAFETY: the callback gets the place of the list, which lives until all are listed.
    if unsafe { EnumWindows(Some(note), &raw mut all as LPARAM) } == 0 {
        return Err(io::Error::last_os_error());
    }
    all.retain(|window| {
        let mut owner = 0;
        // SAFETY: the place is ours. A window that has gone has no owner.
        unsafe { GetWindowThreadProcessId(*window, &raw mut owner) };
        owner == pid
    });
    Ok(all)
}

unsafe extern "system" fn note(window: HWND, list: LPARAM) -> BOOL {
    // SAFETY: see above.
    unsafe { (*(list as *mut Vec<HWND>)).push(window) };
    1
}

fn ask(window: HWND, message: u32, wparam: WPARAM, lparam: LPARAM) -> io::Result<usize> {
    let mut answer = 0;
    // SAFETY: these messages carry no pointer, and the place of the answer is ours.
    let sent =
        unsafe { SendMessageTimeoutW(window, message, wparam, lparam, SMTO_NORMAL, PATIENCE_MS, &raw mut answer) };
    if sent == 0 { Err(io::Error::last_os_error()) } else { Ok(answer) }
}

fn post(window: HWND, message: u32) -> io::Result<usize> {
    // SAFETY: the message carries no pointer.
    if unsafe { PostMessageW(window, message, 0, 0) } == 0 { Err(io::Error::last_os_error()) } else { Ok(0) }
}
