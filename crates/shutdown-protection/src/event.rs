//! What asks the program to end.

use std::fmt;

/// A request that the process ends.
///
/// The kinds of all systems are there on all of them, so that a `match` needs no `cfg`; a system sends only its own.
///
/// ```
/// use shutdown_protection::ShutdownEvent;
/// assert_eq!(ShutdownEvent::SigTerm.to_string(), "SIGTERM");
/// assert_eq!(ShutdownEvent::CtrlClose.to_string(), "CTRL_CLOSE");
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum ShutdownEvent {
    /// `SIGINT`: Ctrl-C in a terminal. On Windows only where a program raises it through the C runtime; its Ctrl-C is
    /// [`CtrlC`](Self::CtrlC).
    SigInt,
    /// `SIGTERM`: what `kill`, service managers and containers send. On Windows only where a program raises it.
    SigTerm,
    /// `SIGQUIT`: Ctrl-\ in a terminal. Unix only.
    SigQuit,
    /// `SIGHUP`: the terminal has gone, or a request to read the configuration again. Unix only.
    SigHup,
    /// `CTRL_C_EVENT`: Ctrl-C in a console. Windows only, as all that follow but the last two.
    CtrlC,
    /// `CTRL_BREAK_EVENT`: Ctrl-Break in a console, and how one program stops another one's group.
    CtrlBreak,
    /// `CTRL_CLOSE_EVENT`: the console was closed; or `WM_CLOSE`, which `taskkill` sends.
    CtrlClose,
    /// `CTRL_LOGOFF_EVENT`, or `WM_ENDSESSION` of a logoff.
    CtrlLogoff,
    /// `CTRL_SHUTDOWN_EVENT`, which a container is stopped with; or `WM_ENDSESSION` of a shutdown.
    CtrlShutdown,
    /// `SIGBREAK`, raised through the C runtime: the same kind as [`CtrlBreak`](Self::CtrlBreak).
    SigBreak,
    /// [`request_shutdown()`](crate::request_shutdown) was called. Its exit status is 0.
    Request,
    /// The program ends by itself, while other threads still hold blocks. The exit status is the program's
    /// own.
    Exit,
}

impl ShutdownEvent {
    /// The events that Unix sends as signals, in the order of their [`index`](Self::index), which begins with them.
    #[cfg(any(unix, all(test, not(loom))))]
    pub(crate) const SIGNALS: [Self; 4] = [Self::SigInt, Self::SigTerm, Self::SigQuit, Self::SigHup];

    /// The events that come from outside, in the order of their [`index`](Self::index).
    pub(crate) const FROM_OUTSIDE: [Self; 10] = [
        Self::SigInt,
        Self::SigTerm,
        Self::SigQuit,
        Self::SigHup,
        Self::CtrlC,
        Self::CtrlBreak,
        Self::CtrlClose,
        Self::CtrlLogoff,
        Self::CtrlShutdown,
        Self::SigBreak,
    ];

    /// The number of events.
    pub(crate) const COUNT: usize = 12;

    /// A small number for each event, to index tables with.
    pub(crate) fn index(self) -> usize {
        self as usize
    }

    /// C2: a console event and its twin in the C runtime are one kind; this one stands for both.
    pub(crate) fn kind(self) -> Self {
        match self {
            Self::CtrlC => Self::SigInt,
            Self::SigBreak => Self::CtrlBreak,
            other => other,
        }
    }

    /// The name that the field gives it.
    fn name(self) -> &'static str {
        match self {
            Self::SigInt => "SIGINT",
            Self::SigTerm => "SIGTERM",
            Self::SigQuit => "SIGQUIT",
            Self::SigHup => "SIGHUP",
            Self::CtrlC => "CTRL_C",
            Self::CtrlBreak => "CTRL_BREAK",
            Self::CtrlClose => "CTRL_CLOSE",
            Self::CtrlLogoff => "CTRL_LOGOFF",
            Self::CtrlShutdown => "CTRL_SHUTDOWN",
            Self::SigBreak => "SIGBREAK",
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

#[cfg(all(test, not(loom)))]
mod tests {
    use super::*;

    #[test]
    fn c1_each_event_from_outside_has_its_place_in_the_tables() {
        for (at, event) in ShutdownEvent::FROM_OUTSIDE.into_iter().enumerate() {
            assert_eq!(event.index(), at);
        }
        assert_eq!(ShutdownEvent::FROM_OUTSIDE[..4], ShutdownEvent::SIGNALS);
        assert_eq!(ShutdownEvent::Exit.index() + 1, ShutdownEvent::COUNT);
    }
}
