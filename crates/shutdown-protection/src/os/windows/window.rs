//! A hidden window, for processes that have user32 or gdi32 loaded: those get no `CTRL_LOGOFF` and no `CTRL_SHUTDOWN`,
//! but windows are told (<https://learn.microsoft.com/windows/console/setconsolectrlhandler#remarks>). `taskkill` closes
//! it, too. Where nothing has loaded them there is no window, and where there is no desktop there can be none.
//!
//! Top-level, and never shown: a message-only window is not told of the end of a session.
//!
//! `WM_QUERYENDSESSION` asks all programs, and any of them may say no; then nobody is ended. So it is answered with yes
//! and is no event yet: `WM_ENDSESSION` tells what was decided, and from then on the system's time runs.

use std::ffi::c_void;
use std::ptr;
use std::sync::atomic::{AtomicBool, AtomicPtr, Ordering};
use std::sync::{OnceLock, mpsc};
use std::time::Duration;

use windows_sys::Win32::Foundation::{HWND, LPARAM, LRESULT, WPARAM};
use windows_sys::Win32::UI::WindowsAndMessaging::{
    ENDSESSION_LOGOFF, MSG, WM_APP, WM_CLOSE, WM_DESTROY, WM_ENDSESSION, WM_QUERYENDSESSION, WNDCLASSW,
};
use windows_sys::core::{PCWSTR, w};

use super::user32::{self, User32};
use super::{console, grant, handler, module, thread};
use crate::blocks::census::held_by_others;
use crate::engine::Engine;
use crate::event::ShutdownEvent;
use crate::time::{Span, Time};

const CLASS: PCWSTR = w!("shutdown-protection");
/// What the system shows to the user while blocks are open.
const REASON: PCWSTR = w!("Finishing work that must not be torn.");
/// C8: the window is no longer needed.
const STOP: u32 = WM_APP;

/// The window's thread is there, or on its way.
static RUNS: AtomicBool = AtomicBool::new(false);
/// It is to be there (C8).
static WANTED: AtomicBool = AtomicBool::new(false);
static WINDOW: AtomicPtr<c_void> = AtomicPtr::new(ptr::null_mut());
static USER32: OnceLock<User32> = OnceLock::new();

/// Starts the window's thread, where something has loaded user32. What loads it later is seen at the next look.
pub(super) fn start_if_needed() {
    WANTED.store(true, Ordering::SeqCst);
    if RUNS.load(Ordering::SeqCst) {
        return;
    }
    let Some(user32) = user32::if_loaded() else { return };
    let user32 = USER32.get_or_init(|| user32);
    if RUNS.swap(true, Ordering::SeqCst) {
        return;
    }
    let (there, is_there) = mpsc::channel();
    let body = move || {
        let stopped = run(user32, &there);
        WINDOW.store(ptr::null_mut(), Ordering::SeqCst);
        RUNS.store(false, Ordering::SeqCst);
        if stopped && WANTED.load(Ordering::SeqCst) {
            // Wanted again, by somebody who found this thread still there.
            start_if_needed();
        }
    };
    if thread::spawn_masked("shutdown-window", body).is_err() {
        // The console's events still come.
        RUNS.store(false, Ordering::SeqCst);
        return;
    }
    // So that from here on nothing is missed; some milliseconds. Not for ever: who has the loader's lock stops all threads
    // that begin.
    let _ = is_there.recv_timeout(Duration::from_secs(5));
}

/// Ends the window and its thread, without waiting for them.
pub(super) fn stop() {
    WANTED.store(false, Ordering::SeqCst);
    let window = WINDOW.load(Ordering::SeqCst);
    if let (false, Some(user32)) = (window.is_null(), USER32.get()) {
        // SAFETY: a window of ours; should it be gone just now, the call fails.
        unsafe { (user32.post_message)(window, STOP, 0, 0) };
    }
}

/// `false`: no window can be had.
fn run(user32: &User32, there: &mpsc::Sender<()>) -> bool {
    let this = module::ours();
    let class = WNDCLASSW { lpfnWndProc: Some(procedure), hInstance: this, lpszClassName: CLASS, ..Default::default() };
    // SAFETY: the class's strings and procedure are static; a class that stands already is the same. The message is ours.
    unsafe {
        (user32.register_class)(&raw const class);
        let none = ptr::null_mut();
        let window = (user32.create_window)(0, CLASS, CLASS, 0, 0, 0, 0, 0, none, none, this, ptr::null());
        if window.is_null() {
            return false;
        }
        WINDOW.store(window, Ordering::SeqCst);
        let _ = there.send(());
        if !WANTED.load(Ordering::SeqCst) {
            (user32.destroy_window)(window);
        }
        let mut message = MSG::default();
        while (user32.get_message)(&raw mut message, none, 0, 0) > 0 {
            (user32.dispatch_message)(&raw const message);
        }
    }
    true
}

unsafe extern "system" fn procedure(window: HWND, message: u32, wparam: WPARAM, lparam: LPARAM) -> LRESULT {
    let Some(user32) = USER32.get() else { return 0 };
    match message {
        WM_QUERYENDSESSION => {
            if session_end(lparam).is_some() && is_held() {
                // SAFETY: our window, in its own thread. Where it fails there is no reason to be seen.
                unsafe { (user32.create_block_reason)(window, REASON) };
            }
            1
        }
        WM_ENDSESSION => {
            if let (true, Some(event)) = (wparam != 0, session_end(lparam)) {
                ends(event, || forget_reason(user32, window));
            } else {
                forget_reason(user32, window);
            }
            0
        }
        WM_CLOSE => {
            handler::receive_message(ShutdownEvent::CtrlClose);
            0
        }
        STOP => {
            // SAFETY: as above.
            unsafe { (user32.destroy_window)(window) };
            0
        }
        WM_DESTROY => {
            // SAFETY: ends the loop of this thread.
            unsafe { (user32.post_quit_message)(0) };
            0
        }
        // SAFETY: what the system gave us.
        _ => unsafe { (user32.default_procedure)(window, message, wparam, lparam) },
    }
}

/// The event that the end of the session is, unless the configuration ignores it (C6).
fn session_end(lparam: LPARAM) -> Option<ShutdownEvent> {
    if lparam as u32 & ENDSESSION_LOGOFF == 0 {
        Some(ShutdownEvent::CtrlShutdown)
    } else {
        handler::logoff_ends().then_some(ShutdownEvent::CtrlLogoff)
    }
}

/// Does a block hold the end?
fn is_held() -> bool {
    let now = Time::now();
    Engine::current().is_some_and(|engine| held_by_others(now, engine.bounds().unwrap_or(now.into())).is_some())
}

fn forget_reason(user32: &User32, window: HWND) {
    // SAFETY: our window, in its own thread. Where there is no reason, it fails.
    unsafe { (user32.destroy_block_reason)(window) };
}

/// C21: holds the system's call, as the console's routine does. `done`: no block holds the end any more.
fn ends(event: ShutdownEvent, done: impl FnOnce()) {
    let came = Time::now();
    handler::receive_message(event);
    let until = grant::of(event, true).map_or(came, |grant| came.plus(Span::from(grant)));
    if let Some(engine) = Engine::current() {
        engine.wait_while(until, |core, now| held_by_others(now, core.bounds()?));
    }
    done();
    console::hold(until);
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::config::Settings;

    #[test]
    fn c6_a_logoff_is_no_event_where_it_is_ignored() {
        let settings = |terminate_on_logoff| Settings { terminate_on_logoff, ..Settings::default() };
        let logoff = ENDSESSION_LOGOFF as LPARAM;
        for (ends, event) in [(false, None), (true, Some(ShutdownEvent::CtrlLogoff))] {
            handler::set_fallback(&settings(ends));
            assert_eq!(session_end(logoff), event);
            // ENDSESSION_CRITICAL
            assert_eq!(session_end(logoff | 0x4000_0000), event);
            assert_eq!(session_end(0), Some(ShutdownEvent::CtrlShutdown));
        }
    }
}
