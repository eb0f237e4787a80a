//! What the machine says beside the effects of a step, and what the contract's second reading does.

use super::World;
use crate::machine::model::naive::Naive;
use crate::machine::{Input, Left, Occasion};

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
        self.compare_conclusions();
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

    /// When what the main thread is handling says that it has handled what it met: only a `KeyboardInterrupt`, once it has met it
    /// (C26); and what it swallowed inside a block stays there (C9), unless an event makes it a question.
    fn compare_conclusions(&self) {
        let told = self.trace.iter().rposition(|step| step.effects.tell);
        let met = told.is_some_and(|told| self.trace[told..].iter().any(|step| step.input == Input::Raised));
        let interrupt = self.machine.told().is_some_and(|told| told.interrupt);
        let over = met && interrupt && !self.has_exited;
        let table = [
            (Occasion::Step, [true; 4]),
            (Occasion::Question, [true, true, false, false]),
            (Occasion::Anywhere, [false, true, false, true]),
        ];
        for (occasion, expected) in table {
            for (facts, expected) in
                [(false, false), (true, false), (false, true), (true, true)].into_iter().zip(expected)
            {
                let (asked, in_block) = facts;
                let concludes = self.machine.concludes(occasion, asked, || in_block);
                assert_eq!(concludes, over && expected, "{occasion:?}, asked: {asked}, in a block: {in_block}");
            }
        }
    }
}
