//! How long Windows waits for a process that handles an enforced event.

use std::time::Duration;

use windows_sys::Win32::Foundation::ERROR_SUCCESS;
use windows_sys::Win32::System::Registry::{HKEY_CURRENT_USER, RRF_RT_REG_SZ, RegGetValueW};

use super::console::ConsoleEvent;

/// What holds when nobody has set another time.
const DEFAULT: Duration = Duration::from_millis(5_000);

/// The time of this system for that event: the user's setting, or the system's default.
#[must_use]
pub fn time_for(event: ConsoleEvent) -> Option<Duration> {
    match event {
        ConsoleEvent::C | ConsoleEvent::Break => None,
        ConsoleEvent::Close => Some(setting("HungAppTimeout")),
        ConsoleEvent::Logoff | ConsoleEvent::Shutdown => Some(setting("WaitToKillAppTimeout")),
    }
}

fn setting(name: &str) -> Duration {
    let wide = |text: &str| text.encode_utf16().chain([0]).collect::<Vec<u16>>();
    let (key, name) = (wide("Control Panel\\Desktop"), wide(name));
    let mut text = [0_u16; 32];
    let mut bytes = u32::try_from(size_of_val(&text)).expect("a small buffer");
    // SAFETY: both names end with a zero; the buffer is as long as it is said to be.
    let found = unsafe {
        RegGetValueW(
            HKEY_CURRENT_USER,
            key.as_ptr(),
            name.as_ptr(),
            RRF_RT_REG_SZ,
            std::ptr::null_mut(),
            text.as_mut_ptr().cast(),
            &raw mut bytes,
        )
    };
    let digits = String::from_utf16_lossy(&text);
    let millis = digits.trim_end_matches('\0').parse().ok().filter(|_| found == ERROR_SUCCESS);
    millis.map_or(DEFAULT, Duration::from_millis)
}
