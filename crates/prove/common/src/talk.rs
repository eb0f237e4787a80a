//! How a program under test talks with its parent: one line is one call to the system, without a lock and a buffer, so
//! that callbacks, forked children and threads behind the end of `main` can all say one.

use std::io::{self, BufRead};
use std::str::FromStr;
use std::time::Duration;

use shutdown_protection::{configure_shutdown_manager, wait};

/// Longer than any run lasts: a time that must not be what ends a block.
pub const LONG: Duration = Duration::from_secs(600);

/// Says a line.
pub fn say(line: &str) {
    let line = format!("{line}\n");
    // SAFETY: the pointer and the length are those of a live text.
    unsafe { libc::write(1, line.as_ptr().cast(), line.len()) };
}

/// Hears a line. A parent that has gone ends the program.
#[must_use]
pub fn hear() -> String {
    let mut line = String::new();
    match io::stdin().lock().read_line(&mut line) {
        Ok(1..) => line.trim().to_owned(),
        // SAFETY: takes no pointer.
        _ => unsafe { libc::_exit(99) },
    }
}

/// The argument of that number behind `--victim` and the name.
///
/// # Panics
///
/// If it is missing.
#[must_use]
pub fn arg(index: usize) -> String {
    std::env::args().nth(index + 3).unwrap_or_else(|| panic!("argument {index} is missing"))
}

/// A number among the arguments.
///
/// # Panics
///
/// If it is missing, or is none.
#[must_use]
pub fn number<T: FromStr>(index: usize) -> T {
    arg(index).parse().unwrap_or_else(|_| panic!("argument {index} is no number"))
}

/// A number of milliseconds among the arguments.
#[must_use]
pub fn millis(index: usize) -> Duration {
    Duration::from_millis(number(index))
}

/// Never returns: only the library or a signal ends the program.
pub fn asleep() -> ! {
    loop {
        std::thread::sleep(LONG);
    }
}

/// Waits until a shutdown is pending.
///
/// # Panics
///
/// If none comes.
pub fn await_pending() {
    assert!(wait(LONG), "no event came");
}

/// Gives the program so long to unwind that the hard stage (C24) is not what ends it.
///
/// # Panics
///
/// If the system refuses what the library needs.
pub fn patient() {
    configure_shutdown_manager().unwind_time(LONG).apply().expect("a valid configuration");
}
