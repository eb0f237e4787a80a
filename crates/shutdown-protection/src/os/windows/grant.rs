//! How long the system lets the process live after an event (C21), as its settings say:
//! <https://learn.microsoft.com/windows/console/handlerroutine#timeouts>.
//!
//! Read from the registry at each event, which takes some ten microseconds. Not by `SystemParametersInfo`: that is in
//! user32, and with user32 loaded a process gets no `CTRL_LOGOFF` and no `CTRL_SHUTDOWN` any more.

use std::time::Duration;

use windows_sys::Win32::System::Registry::{HKEY, HKEY_CURRENT_USER, HKEY_LOCAL_MACHINE, RRF_RT_REG_SZ, RegGetValueW};
use windows_sys::core::{PCWSTR, w};

use super::service;
use crate::event::ShutdownEvent;

/// What Windows grants where nothing is set.
const DEFAULT: Duration = Duration::from_millis(5_000);

/// `None`: the system does not end the process. `window`: by a message; `WM_CLOSE` only asks.
pub(crate) fn of(event: ShutdownEvent, window: bool) -> Option<Duration> {
    match event {
        ShutdownEvent::CtrlClose if window => None,
        ShutdownEvent::CtrlClose => Some(hung_app()),
        // A program without a visible window is given up as soon as it counts as hung.
        ShutdownEvent::CtrlLogoff | ShutdownEvent::CtrlShutdown if window => Some(hung_app().min(wait_to_kill_app())),
        ShutdownEvent::CtrlShutdown if service::is_service() => Some(wait_to_kill_service()),
        ShutdownEvent::CtrlLogoff | ShutdownEvent::CtrlShutdown => Some(wait_to_kill_app()),
        _ => None,
    }
}

const DESKTOP: PCWSTR = w!("Control Panel\\Desktop");

fn hung_app() -> Duration {
    read(HKEY_CURRENT_USER, DESKTOP, w!("HungAppTimeout"))
}

fn wait_to_kill_app() -> Duration {
    read(HKEY_CURRENT_USER, DESKTOP, w!("WaitToKillAppTimeout"))
}

fn wait_to_kill_service() -> Duration {
    read(HKEY_LOCAL_MACHINE, w!("SYSTEM\\CurrentControlSet\\Control"), w!("WaitToKillServiceTimeout"))
}

/// A number of milliseconds, which the registry has as a text.
fn read(root: HKEY, key: PCWSTR, value: PCWSTR) -> Duration {
    let mut text = [0_u16; 32];
    let mut bytes = size_of_val(&text) as u32;
    // SAFETY: the strings end with a null, the buffer is ours and has the size that is given.
    let error = unsafe {
        RegGetValueW(root, key, value, RRF_RT_REG_SZ, std::ptr::null_mut(), text.as_mut_ptr().cast(), &raw mut bytes)
    };
    if error != 0 { DEFAULT } else { parse(&text) }
}

fn parse(text: &[u16]) -> Duration {
    let text = text.split(|unit| *unit == 0).next().unwrap_or(text);
    String::from_utf16_lossy(text).trim().parse().map_or(DEFAULT, Duration::from_millis)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn c21_what_windows_grants_is_read_or_five_seconds() {
        let units = |text: &str| text.encode_utf16().collect::<Vec<_>>();
        assert_eq!(parse(&units("12000\0rest")), Duration::from_secs(12));
        assert_eq!(parse(&units("soon")), DEFAULT);
        assert_eq!(read(HKEY_CURRENT_USER, w!("Control Panel\\No such key"), w!("HungAppTimeout")), DEFAULT);
    }

    #[test]
    fn c21_only_what_windows_enforces_has_a_limit() {
        use ShutdownEvent::{CtrlBreak, CtrlC, CtrlClose, CtrlLogoff, CtrlShutdown, SigTerm};
        for (event, window) in [(CtrlC, false), (CtrlBreak, false), (SigTerm, false), (CtrlClose, true)] {
            assert_eq!(of(event, window), None, "{event}");
        }
        for (event, window) in
            [(CtrlClose, false), (CtrlLogoff, false), (CtrlShutdown, false), (CtrlLogoff, true), (CtrlShutdown, true)]
        {
            assert!(of(event, window).is_some(), "{event}");
        }
    }
}
