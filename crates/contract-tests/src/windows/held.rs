//! How long Windows waits for a process that handles an enforced event.

use std::time::Duration;

use windows_registry::CURRENT_USER;

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
    let text = CURRENT_USER.open(r"Control Panel\Desktop").and_then(|key| key.get_string(name));
    text.ok().and_then(|text| text.trim().parse().ok()).map_or(DEFAULT, Duration::from_millis)
}
