//! The messages that windows get when the session or the program shall end.

use std::io;

use windows_sys::Win32::Foundation::{HWND, LPARAM, WPARAM};
use windows_sys::Win32::UI::WindowsAndMessaging::{
    FindWindowExW, GetWindowThreadProcessId, PostMessageW, SMTO_NORMAL, SendMessageTimeoutW, WM_CLOSE, WM_ENDSESSION,
    WM_QUERYENDSESSION,
};

/// Longer than any handling lasts.
const PATIENCE_MS: u32 = 20_000;

/// Sends the message to each top-level window of the process: `windows 1 answers 1`.
pub(crate) fn send(pid: u32, message: &str, bits: LPARAM) -> io::Result<String> {
    let windows = of_process(pid);
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

/// All top-level windows of the process, hidden ones too.
fn of_process(pid: u32) -> Vec<HWND> {
    let mut found = Vec::new();
    let mut window = std::ptr::null_mut();
    loop {
        // SAFETY: null stands for the desktop, for "from the first on" and for any class and title.
        window = unsafe { FindWindowExW(std::ptr::null_mut(), window, std::ptr::null(), std::ptr::null()) };
        if window.is_null() {
            return found;
        }
        let mut owner = 0;
        // SAFETY: the place is ours. A window that has gone has no owner.
        unsafe { GetWindowThreadProcessId(window, &raw mut owner) };
        if owner == pid {
            found.push(window);
        }
    }
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
