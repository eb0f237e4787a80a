//! What only Windows has. The rules that it shares with Unix are tested by the same tests there as here.

mod attempts;
mod enforced;
mod events;
mod runtime;
mod service;
mod session;
mod window;

use contract_tests::windows::console::ConsoleEvent;

/// The events behind which Windows ends the process.
const ENFORCED: [ConsoleEvent; 3] = [ConsoleEvent::Close, ConsoleEvent::Logoff, ConsoleEvent::Shutdown];

/// How a victim writes an event.
fn name(event: ConsoleEvent) -> String {
    format!("Ctrl{event:?}")
}
