//! Windows: the console's control routine, the C runtime's signals, and a hidden window for programs that get no
//! console events.
//!
//! Nothing here interrupts a thread in the middle of its code, as a signal does: the console's events come on a thread
//! that the system makes for each, signals on the thread that raises them, messages on a thread of ours.

pub(crate) mod barrier;
pub(crate) mod clock;
mod console;
pub(crate) mod crt;
pub(crate) mod end;
pub(crate) mod exit;
mod exit_process;
pub(crate) mod fork;
pub(crate) mod grant;
pub(crate) mod guest;
pub(crate) mod handler;
pub(crate) mod install;
mod module;
mod service;
pub(crate) mod thread;
mod user32;
pub(crate) mod wake;
mod window;
