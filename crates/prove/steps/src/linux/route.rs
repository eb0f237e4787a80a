//! The way to an instruction: what a first run has shown, stepped from the mark to the end.
//!
//! To step to the k-th instruction each time would take as many stops as there are pairs of instructions. So a case runs to
//! a breakpoint shortly before its instruction, one that the first run had not met before, or not often, and steps the rest.

use std::collections::HashMap;
use std::ops::Range;

/// The addresses of all instructions, in the order in which they were executed.
pub(crate) struct Route {
    addresses: Vec<u64>,
    /// How often the address has been met, with this time.
    met: Vec<u32>,
    /// While the handler of an event of the program's own is running: which of two is the first is not known there.
    pub(crate) handler: Option<Range<usize>>,
}

/// Run until the breakpoint has been met this often, then step.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Leg {
    pub(crate) breakpoint: u64,
    /// 0: no breakpoint.
    pub(crate) meets: u32,
    pub(crate) steps: usize,
}

/// A breakpoint's stop and its continuation, in steps.
const MEET_COSTS: usize = 3;
/// No breakpoint further back than this is looked at.
const LONGEST: usize = 4_000;

impl Route {
    pub(crate) fn new(addresses: Vec<u64>, handler: Option<Range<usize>>) -> Self {
        let mut seen = HashMap::new();
        let met = addresses.iter().map(|&address| {
            let times = seen.entry(address).or_insert(0);
            *times += 1;
            *times
        });
        let met = met.collect();
        Self { addresses, met, handler }
    }

    /// How many instructions there are.
    pub(crate) fn len(&self) -> usize {
        self.addresses.len()
    }

    pub(crate) fn address(&self, instruction: usize) -> u64 {
        self.addresses[instruction]
    }

    /// The cheapest way. At least one step is left at its end: a thread that stands at a breakpoint's own address would
    /// not stop there again.
    pub(crate) fn to(&self, instruction: usize) -> Leg {
        let on_foot = Leg::on_foot(instruction);
        let from = instruction.saturating_sub(LONGEST).max(1);
        let by = |place: usize| Leg {
            breakpoint: self.addresses[place],
            meets: self.met[place],
            steps: instruction - place,
        };
        // Not an instruction that repeats itself, which is many steps, but not as many stops; nor the one at the mark.
        let ambiguous = |place: usize| [self.addresses[place - 1], self.addresses[0]].contains(&self.addresses[place]);
        let places = (from..instruction).filter(|&place| !ambiguous(place));
        places.map(by).chain([on_foot]).min_by_key(Leg::cost).unwrap_or(on_foot)
    }
}

impl Leg {
    /// Each step from the mark on.
    pub(crate) fn on_foot(instruction: usize) -> Self {
        Self { breakpoint: 0, meets: 0, steps: instruction }
    }

    fn cost(&self) -> usize {
        self.meets as usize * MEET_COSTS + self.steps
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_leg_ends_at_its_instruction() {
        let addresses: Vec<u64> = (0..3_000).map(|index| 100 + index * index % 397).collect();
        let route = Route::new(addresses.clone(), None);
        for instruction in 0..addresses.len() {
            let leg = route.to(instruction);
            let met = |&(_, &address): &(usize, &u64)| address == leg.breakpoint;
            let place = match leg.meets.checked_sub(1) {
                // The mark itself is behind the thread.
                Some(before) => 1 + addresses[1..].iter().enumerate().filter(met).nth(before as usize).unwrap().0,
                None => 0,
            };
            assert_eq!(place + leg.steps, instruction);
        }
    }

    #[test]
    fn a_leg_is_short_where_an_address_is_new() {
        let route = Route::new((0..3_000).collect(), None);
        assert_eq!(route.to(2_500), Leg { breakpoint: 2_499, meets: 1, steps: 1 });
    }
}
