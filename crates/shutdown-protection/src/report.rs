//! What the library says: to the program's logger, never to the terminal.
//!
//! A logger is the user's code and may block, so it is never called by the supervisor, by a signal handler or
//! under a lock, but by a helper thread.

use std::any::Any;
use std::fmt::Write as _;

use crate::blocks::census::{self, OpenBlock};
use crate::engine::Engine;
use crate::host::HOST;
use crate::os;
use crate::time::Time;

/// The open blocks of all threads: who holds the end, and for how long yet.
///
/// ```standalone_crate
/// use shutdown_protection::{ShutdownProtection, open_blocks};
///
/// let block = ShutdownProtection::builder().name("import").start().unwrap();
/// let open = open_blocks();
/// assert_eq!(open[0].name(), Some("import"));
/// println!("{} since {:?}", open[0].location(), open[0].age());
/// # drop(block);
/// ```
#[must_use]
pub fn open_blocks() -> Vec<OpenBlock> {
    let bounds = Engine::current().and_then(Engine::bounds);
    census::open(Time::now(), bounds)
}

/// At the first event: one record of what holds the end.
pub(crate) fn held(engine: &'static Engine) {
    if let Some(face) = crate::face::get() {
        if !crate::face::is_any_open() {
            return;
        }
        // Without a thread, without a record.
        let _ = HOST.run("shutdown-log", Box::new(|| face.announce()));
        return;
    }
    if !is_enabled(Level::Info) {
        return;
    }
    later(Level::Info, move || {
        let event = engine.first_event()?;
        let mut blocks: Vec<_> =
            open_blocks().into_iter().filter(|block| block.remaining().is_none_or(|left| !left.is_zero())).collect();
        if blocks.is_empty() {
            return None;
        }
        blocks.sort_by_key(|block| std::cmp::Reverse(block.remaining()));
        let mut text = format!("{event}: the end waits for {} open block(s)", blocks.len());
        for block in blocks.iter().take(SHOWN) {
            describe(&mut text, block);
        }
        if blocks.len() > SHOWN {
            let _ = write!(text, "; and {} more", blocks.len() - SHOWN);
        }
        Some(text)
    });
}

/// The blocks that one record names; those with the most time left.
const SHOWN: usize = 10;

fn describe(text: &mut String, block: &OpenBlock) {
    let name = block.name().unwrap_or("unnamed");
    let age = block.age().as_secs_f64();
    let _ = write!(text, "; {name} ({}), open for {age:.3} s", block.location());
    if let Some(left) = block.remaining() {
        let _ = write!(text, ", {:.3} s left", left.as_secs_f64());
    }
}

/// C8: another library has installed its handler over ours, and wins.
pub(crate) fn replaced() {
    let replaced = os::install::newly_replaced();
    if !replaced.is_empty() {
        later(Level::Warn, move || {
            Some(format!(
                "another handler was installed over ours for {replaced:?}: these events are seen here only if it passes them on"
            ))
        });
    }
}

pub(crate) fn callback_panicked(name: &str, panic: &(dyn Any + Send)) {
    let message = panic.downcast_ref::<&str>().copied().or_else(|| panic.downcast_ref::<String>().map(String::as_str));
    log(Level::Error, &format!("{name} panicked: {}", message.unwrap_or("(no message)")));
}

pub(crate) fn callback_not_run(name: &str, error: &std::io::Error) {
    // The thread that could not be had would also be needed here.
    let _ = (name, error);
}

#[derive(Clone, Copy)]
#[cfg_attr(not(feature = "log"), allow(dead_code, reason = "without a logger nothing is said"))]
enum Level {
    Error,
    Warn,
    Info,
}

/// Logs from a helper thread.
fn later(level: Level, text: impl FnOnce() -> Option<String> + Send + 'static) {
    if is_enabled(level) {
        let job = Box::new(move || {
            if let Some(text) = text() {
                log(level, &text);
            }
        });
        // Without a thread, without a record.
        let _ = HOST.run("shutdown-log", job);
    }
}

#[cfg(feature = "log")]
mod target {
    use super::Level;
    use crate::panics;

    impl From<Level> for log::Level {
        fn from(level: Level) -> Self {
            match level {
                Level::Error => Self::Error,
                Level::Warn => Self::Warn,
                Level::Info => Self::Info,
            }
        }
    }

    pub(super) fn is_enabled(level: Level) -> bool {
        log::Level::from(level) <= log::max_level()
    }

    pub(super) fn log(level: Level, text: &str) {
        // A logger that panics must not take the callback's thread, and with it the end, along.
        panics::contain(|| log::log!(target: "shutdown_protection", level.into(), "{text}"), |_| {});
    }
}

#[cfg(not(feature = "log"))]
mod target {
    use super::Level;

    pub(super) fn is_enabled(_: Level) -> bool {
        false
    }

    pub(super) fn log(_: Level, _: &str) {}
}

use target::{is_enabled, log};
