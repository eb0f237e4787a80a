//! How a victim ended, as its parent sees it.

use std::process::ExitStatus;

use super::os;

pub(crate) struct Ending {
    pub(super) status: ExitStatus,
    /// When it was reaped, on the monotonic clock.
    pub(crate) ns: u64,
    transcript: Vec<String>,
}

impl Ending {
    pub(crate) fn new(status: ExitStatus, ns: u64, transcript: Vec<String>) -> Self {
        Self { status, ns, transcript }
    }

    /// What the parent of a program sees that this signal has ended, with no core file.
    #[track_caller]
    pub(crate) fn died_by(&self, signal: i32) -> &Self {
        self.check(os::is_death_by(self.status, signal), &format!("death by signal {signal} without a core file"));
        self
    }

    /// The same, for a process in which the library has no part in the end.
    #[track_caller]
    pub(crate) fn died_natively_by(&self, signal: i32) -> &Self {
        self.check(os::is_native_death_by(self.status, signal), &format!("native death by signal {signal}"));
        self
    }

    /// It ended by itself, with that status.
    #[track_caller]
    pub(crate) fn exited(&self, code: i32) -> &Self {
        self.check(self.status.code() == Some(code), &format!("exit status {code}"));
        self
    }

    /// It lived at least until that moment of the monotonic clock.
    #[track_caller]
    pub(crate) fn not_before(&self, ns: u64) -> &Self {
        let early = ns.saturating_sub(self.ns) / 1_000_000;
        self.check(self.ns >= ns, &format!("an end no earlier than allowed (it was {early} ms early)"));
        self
    }

    /// It was over by that moment: a bound that a loaded machine keeps.
    #[track_caller]
    pub(crate) fn not_after(&self, ns: u64) -> &Self {
        let late = self.ns.saturating_sub(ns) / 1_000_000;
        self.check(self.ns <= ns, &format!("an end in time (it was {late} ms late)"));
        self
    }

    #[track_caller]
    fn check(&self, holds: bool, wanted: &str) {
        assert!(holds, "{wanted} was due\n{}", self.transcript.join("\n"));
    }
}
