//! What the engine finds among the blocks when it looks.

use super::{Block, World};
use crate::machine::{Census, Holding, Input, Nest};
use crate::time::Time;

impl World {
    /// As the engine does it: what the input changes about deadlines counts already.
    pub(super) fn census(&self, input: Input) -> Census {
        let holds = self.holds_by(self.machine.limit_behind(input, self.now), self.machine.holding_behind(input));
        let told = self.told_and_waits || self.blocks.iter().any(|block| block.interrupted);
        Census { holds, someone_told: holds.is_none() && told }
    }

    pub(in crate::machine::model) fn holds(&self) -> Option<Time> {
        // A tick says nothing.
        self.holds_by(self.machine.limit(), self.machine.holding_behind(Input::Tick))
    }

    /// C21: no deadline is later than the limit.
    fn holds_by(&self, limit: Time, holding: Holding) -> Option<Time> {
        // As the engine does it: an event that comes now starts the time of the drain blocks before it looks at them.
        let pending = self.machine.is_pending();
        let deadline = |block: &Block| if block.drain && !pending { self.now.plus(block.exec) } else { block.deadline };
        let counts = self.blocks.iter().filter(|block| holding.counts(block.started, block.number));
        let mut open = counts.map(|block| deadline(block).min(limit)).filter(|deadline| *deadline > self.now);
        if self.scene.latest { open.max() } else { open.next() }
    }

    pub(super) fn nest(&self, owner: usize, but: Option<usize>) -> Nest {
        let limit = self.machine.limit();
        let own = || {
            let own = self.blocks.iter().enumerate().filter(|(_, block)| block.owner == owner);
            own.map(|(at, block)| (at, block.deadline.min(limit)))
        };
        let mut outer = own().filter(|(at, _)| Some(*at) != but).map(|(_, deadline)| deadline);
        Nest {
            outer_open: outer.clone().next().is_some(),
            outer_holds: outer.any(|deadline| deadline > self.now),
            deadline: own().map(|(_, deadline)| deadline).max(),
        }
    }
}
