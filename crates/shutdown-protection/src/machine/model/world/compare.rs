//! What the machine says beside the effects of a step, and what the contract's second reading does.

use super::World;
use crate::machine::model::naive::Naive;
use crate::machine::{Input, Left};

impl World {
    /// What the census of this input is told to count.
    pub(super) fn compare_holding(&self, input: Input) {
        let (holding, last_start) = (self.machine.holding_behind(input), self.machine.last_start());
        for block in &self.blocks {
            let expected = self.said.counts(block.started, block.number, last_start);
            assert_eq!(holding.counts(block.started, block.number), expected, "{block:?} with {input:?}");
        }
    }

    pub(super) fn compare(&self) {
        self.compare_holding(Input::Tick);
        for left in [Left::Unknown, Left::Well, Left::Failed, Left::AsTold, Left::Otherwise] {
            let event =
                self.naive.as_ref().map_or_else(|| self.machine.status_at_exit(Left::AsTold), Naive::status_at_exit);
            let expected = event.filter(|_| !self.said.is_own(left));
            assert_eq!(self.machine.status_at_exit(left), expected, "the status of one who left: {left:?}");
        }
        let Some(naive) = &self.naive else { return };
        let (machine, holds) = (&self.machine, self.holds());
        assert_eq!(machine.is_pending(), naive.pending(), "pending");
        assert_eq!(machine.is_forced(), naive.forced(), "the last attempt");
        assert_eq!(machine.first_event(), naive.first(), "the first event");
        assert_eq!(machine.lets_exit(holds), naive.lets_exit(holds), "the program's own exit");
        assert_eq!(machine.limit(), naive.limit(), "the limit of all deadlines");
        assert_eq!(machine.last_start(), naive.last_start(), "the last start that holds the end");
        assert_eq!(machine.ends_quietly(), naive.ends_quietly(), "the end without unwinding");
    }
}
