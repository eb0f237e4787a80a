//! How a scenario talks with its test.
//!
//! One line is one call to the system, and a line is heard byte by byte: no lock and no buffer, so that
//! a callback, a signal handler, a forked child and a thread that outlives `main` can all use them.

use std::str::FromStr;
use std::sync::OnceLock;
use std::time::Duration;

use shutdown_protection::{Interrupted, configure_shutdown_manager, is_requested, wait};

use crate::os;

/// Longer than any test lasts: a time that must not be what ends a block.
pub(crate) const LONG: Duration = Duration::from_secs(60);

/// Says a line, formatted like `println!`.
macro_rules! say {
    ($($arg:tt)*) => { $crate::talk::say_line(&format!($($arg)*)) };
}
pub(crate) use say;

pub(crate) fn say_line(text: &str) {
    let line = format!("{text}\n");
    os::write(line.as_bytes());
}

/// Hears the next line. A test that has gone ends the process with a status that no test expects, so that a
/// failed test leaves nothing behind.
pub(crate) fn hear() -> String {
    let mut line = Vec::new();
    loop {
        match os::read() {
            Some(b'\n') => return String::from_utf8_lossy(&line).into_owned(),
            Some(byte) => line.push(byte),
            None => os::leave(99),
        }
    }
}

/// Hears the one line that the test says here.
pub(crate) fn hear_go() {
    let line = hear();
    assert_eq!(line, "go", "the scenario waits for go");
}

/// Never returns: only the library or a signal ends the process. The test may ask on the way whether it lives and
/// whether a shutdown is pending.
pub(crate) fn stuck() -> ! {
    loop {
        match hear().as_str() {
            "ping" => say!("pong"),
            "pending?" => say!("pending {}", is_requested()),
            other => panic!("a stuck scenario knows no {other:?}"),
        }
    }
}

/// Never returns, and never looks at a line that was meant for another thread.
pub(crate) fn asleep() -> ! {
    loop {
        std::thread::sleep(LONG);
    }
}

/// Says `ready`, and waits until an event has made the shutdown pending.
pub(crate) fn ready_then_pending() {
    say!("ready");
    await_pending();
    say!("pending");
}

pub(crate) fn await_pending() {
    assert!(wait(LONG), "no event came");
}

/// Says what a breakpoint, an end or a start answered: `<where> ok`, or `<where> SigTerm Break 1`.
pub(crate) fn tell<T>(place: &str, answer: &Result<T, Interrupted>) {
    match answer {
        Ok(_) => say!("{place} ok"),
        Err(interrupted) => say!("{place} {}", describe(interrupted)),
    }
}

/// The event, the cause and the attempts, as the tests write them.
pub(crate) fn describe(interrupted: &Interrupted) -> String {
    format!("{:?} {:?} {}", interrupted.event(), interrupted.cause(), interrupted.attempts())
}

/// Gives the program so long to unwind that the hard stage (C24) is not what ends it.
pub(crate) fn patient() {
    configure_shutdown_manager().unwind_time(LONG).apply().expect("a valid configuration");
}

/// The scenario and its arguments, where they are not what stands behind the program's name.
static WORDS: OnceLock<Vec<String>> = OnceLock::new();

/// Takes another scenario and its arguments for the ones that are meant. The program's own are heeded until then.
#[cfg(windows)]
pub(crate) fn heed(words: Vec<String>) {
    WORDS.set(words).expect("once in a process");
}

/// The argument of that number behind the program's name; 0 is the scenario.
pub(crate) fn arg(index: usize) -> String {
    let word = WORDS.get().map_or_else(|| std::env::args().nth(index + 1), |words| words.get(index).cloned());
    word.unwrap_or_else(|| panic!("argument {index} is missing"))
}

/// A number among the arguments.
pub(crate) fn number<T: FromStr>(index: usize) -> T {
    arg(index).parse().unwrap_or_else(|_| panic!("argument {index} is no number"))
}

/// A number of milliseconds among the arguments.
pub(crate) fn millis(index: usize) -> Duration {
    Duration::from_millis(number(index))
}
