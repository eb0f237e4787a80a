//! What asks the program to end.

use std::fmt;

/// A request that the process ends.
///
/// ```
/// use shutdown_protection::ShutdownEvent;
/// assert_eq!(ShutdownEvent::SigTerm.to_string(), "SIGTERM");
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum ShutdownEvent {
    /// `SIGINT`: Ctrl-C in a terminal.
    SigInt,
    /// `SIGTERM`: what `kill`, service managers and containers send.
    SigTerm,
    /// `SIGQUIT`: Ctrl-\ in a terminal.
    SigQuit,
    /// `SIGHUP`: the terminal has gone, or a request to read the configuration again.
    SigHup,
    /// [`request_shutdown()`](crate::request_shutdown) was called. Its exit status is 0.
    Request,
    /// The program ends by itself, while other threads still hold blocks. The exit status is the program's
    /// own.
    Exit,
}

impl ShutdownEvent {
    /// The events that come as signals, in the order of their [`index`](Self::index).
    pub(crate) const SIGNALS: [Self; 4] = [Self::SigInt, Self::SigTerm, Self::SigQuit, Self::SigHup];

    /// The number of kinds.
    pub(crate) const KINDS: usize = 6;

    /// A small number for each kind, to index tables with.
    pub(crate) fn index(self) -> usize {
        self as usize
    }

    /// The name that the field gives it.
    fn name(self) -> &'static str {
        match self {
            Self::SigInt => "SIGINT",
            Self::SigTerm => "SIGTERM",
            Self::SigQuit => "SIGQUIT",
            Self::SigHup => "SIGHUP",
            Self::Request => "request_shutdown()",
            Self::Exit => "the end of the program",
        }
    }
}

impl fmt::Display for ShutdownEvent {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}
