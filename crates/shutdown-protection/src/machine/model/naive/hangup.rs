//! What the log says of hangups, and of the `before_hup` that they call (C6).

use super::{Fact, Naive};
use crate::machine::Ending;
use crate::time::Time;

impl Naive {
    /// The limit of the call, and of the one more call that may have followed it: hangups cannot hold the end back for
    /// ever. A call survives a cancelled shutdown.
    pub(super) fn hup_running(&self) -> Option<Time> {
        let call = self.log.iter().rfind(|(_, fact)| matches!(fact, Fact::HupCalled | Fact::HupReturned));
        call.filter(|(_, fact)| *fact == Fact::HupCalled)
            .map(|(time, _)| time.plus(self.rules.callback_time).min(self.limit()))
    }

    pub(super) fn hup_merged(&self) -> bool {
        let calls = |fact| matches!(fact, Fact::HupCalled | Fact::HupCalledAgain | Fact::HupMerged);
        self.log.iter().rfind(|(_, fact)| calls(*fact)).is_some_and(|(_, fact)| *fact == Fact::HupMerged)
    }

    /// What has happened since the first hangup of this shutdown that has not been applied yet.
    pub(super) fn since_delayed(&self) -> Option<&[(Time, Fact)]> {
        let over = |(_, fact): &(Time, Fact)| matches!(fact, Fact::HupApplied | Fact::Cancelled);
        let rest = &self.log[self.log.iter().rposition(over).map_or(0, |at| at + 1)..];
        rest.iter().position(|(_, fact)| *fact == Fact::HupDelayed).map(|at| &rest[at..])
    }

    pub(super) fn hup_delayed(&self) -> bool {
        self.since_delayed().is_some()
    }

    /// It is delayed, and its own call is still to be made (C6).
    pub(super) fn hup_uncalled(&self) -> bool {
        let call = |(_, fact): &(Time, Fact)| matches!(fact, Fact::HupCalled | Fact::HupCalledAgain);
        self.since_delayed().is_some_and(|rest| !rest.iter().any(call))
    }

    /// The end that a `before_hup` has been holding since no block is open.
    pub(super) fn hup_held(&self) -> Option<Ending> {
        let since = self.shutdown().rfind(|(_, fact)| matches!(fact, Fact::HupHolds(_) | Fact::Open(_)));
        since.and_then(|(_, fact)| if let Fact::HupHolds(how) = fact { Some(how) } else { None })
    }
}
