//! A program around the machine: blocks that open, break, lapse and end, callbacks that return late or never, a
//! supervisor that ticks promptly or late. Each step is taken by the machine and by the naive model.

use super::naive::Naive;
use super::ops::{LONGEST, MAIN, Main, Op, Scene};
use super::said::Said;
use crate::machine::{Census, Effects, Ending, Input, Machine, Verdict};
use crate::time::{Span, Time};

mod census;
mod compare;

#[derive(Debug, Clone, Copy)]
pub(super) struct Block {
    pub(super) owner: usize,
    pub(super) deadline: Time,
    exec: Span,
    drain: bool,
    started: Time,
    /// Which of the main thread's own it is.
    number: Option<u64>,
    pub(super) interrupted: bool,
}

/// One step as it was taken.
#[derive(Debug, Clone, Copy)]
pub(super) struct Step {
    pub(super) input: Input,
    pub(super) now: Time,
    pub(super) census: Census,
    pub(super) effects: Effects,
    /// The attempts had reached the maximum by then (C5).
    pub(super) forced: bool,
}

#[derive(Debug, Clone)]
pub(super) struct World {
    pub(super) scene: Scene,
    pub(super) machine: Machine,
    /// None where the end is raised, of which it says nothing.
    pub(super) naive: Option<Naive>,
    said: Said,
    pub(super) blocks: Vec<Block>,
    pub(super) now: Time,
    pub(super) trace: Vec<Step>,
    pub(super) dead: bool,
    pub(super) has_exited: bool,
    in_hup: bool,
    in_termination: bool,
    /// How many blocks the main thread has started.
    started_by_main: u64,
    /// An owner that was refused waits for the others, until the next tick that nothing holds (C18).
    told_and_waits: bool,
}

/// The owner of the block that a busy scene begins with; no sequence starts another for it.
const BUSY: usize = 3;

impl World {
    pub(super) fn new(scene: Scene) -> Self {
        let mut world = Self {
            scene,
            machine: Machine::new(scene.rules),
            naive: (!scene.rules.raises).then(|| Naive::new(scene.rules)),
            said: Said::new(scene.rules.raises),
            blocks: Vec::new(),
            // a machine may have run for any time
            now: Time(1_000_000_007),
            trace: Vec::new(),
            dead: false,
            has_exited: false,
            in_hup: false,
            in_termination: false,
            started_by_main: 0,
            told_and_waits: false,
        };
        if scene.busy {
            world.start(BUSY, LONGEST, false, false);
        }
        world
    }

    pub(super) fn input(&mut self, input: Input) -> Effects {
        let was_pending = self.machine.is_pending();
        self.said.note(input, was_pending);
        let census = self.census(input);
        self.compare_holding(input);
        let effects = self.machine.step(input, self.now, census);
        let expected = self.naive.as_mut().map_or(effects, |naive| naive.step(input, self.now, census));
        self.trace.push(Step { input, now: self.now, census, effects, forced: self.machine.is_forced() });
        let begins_anew = input == Input::Handled && effects.announce;
        if begins_anew || !self.machine.is_pending() {
            self.said.forget();
        }
        assert_eq!(effects, expected, "the effects of {input:?} at {:?} with {census:?}", self.now);
        self.in_hup = (self.in_hup && input != Input::HupDone) || effects.call_before_hup;
        self.in_termination =
            (self.in_termination && input != Input::TerminationDone) || effects.call_before_termination;
        self.dead |= effects.die.is_some();
        if !was_pending && self.machine.is_pending() {
            for block in self.blocks.iter_mut().filter(|block| block.drain) {
                block.deadline = self.now.plus(block.exec);
            }
        }
        self.compare();
        effects
    }

    /// Time passes until then. A prompt supervisor ticks whenever the machine wants it; a tick is wanted once.
    pub(super) fn advance(&mut self, until: Time) {
        while self.scene.prompt && !self.dead {
            match self.machine.next_tick(self.holds()) {
                Some(tick) if tick <= until => {
                    self.now = self.now.max(tick);
                    self.input(Input::Tick);
                    let again = self.machine.next_tick(self.holds());
                    assert!(
                        again.is_none_or(|again| again > self.now),
                        "the supervisor spins: {again:?} at {:?}",
                        self.now
                    );
                }
                _ => break,
            }
        }
        self.now = self.now.max(until);
    }

    pub(super) fn op(&mut self, op: Op) {
        match op {
            Op::Event(event) => drop(self.input(Input::Event(event))),
            Op::Advance(span) => self.advance(self.now.plus(span)),
            Op::ToTick(off) => {
                if let Some(tick) = self.machine.next_tick(self.holds()) {
                    self.advance(Time(tick.0.saturating_add_signed(off).max(self.now.0)));
                }
            }
            Op::Tick => {
                self.input(Input::Tick);
                self.told_and_waits &= self.holds().is_some();
            }
            Op::Start { owner, exec, drain, regardless } => {
                self.start(owner, exec, drain, regardless);
            }
            Op::Break(at) if at < self.blocks.len() => self.allow_break(at),
            Op::CheckDeadline(at) if at < self.blocks.len() => self.check_deadline(at),
            Op::Renew(at) if at < self.blocks.len() && !self.machine.is_pending() => self.renew(at),
            Op::End { block, error } if block < self.blocks.len() => self.end(block, error),
            Op::HupReturns if self.in_hup => drop(self.input(Input::HupDone)),
            Op::TerminationReturns if self.in_termination => drop(self.input(Input::TerminationDone)),
            Op::Exit => {
                self.has_exited = true;
                self.input(Input::Exit);
            }
            Op::Cancel => {
                let done = self.machine.cancel();
                let expected = self.naive.as_mut().map_or(done, |naive| naive.cancel(self.now));
                assert_eq!(done, expected, "cancelled");
                assert!(!done || !self.machine.is_pending(), "pending after it was cancelled");
                if done {
                    self.said.forget();
                    self.go_on();
                }
                self.compare();
            }
            Op::Main(said) => self.main_says(said),
            _ => {}
        }
    }

    fn main_says(&mut self, said: Main) {
        let input = match said {
            // Whoever breaks has a block open.
            Main::Broken if self.blocks.iter().all(|block| block.owner != MAIN) => return,
            Main::Broken => Input::Broken { started: self.started_by_main },
            _ if !self.scene.rules.raises => return,
            Main::Raising { own_status } => Input::Raising { own_status },
            Main::Raised => Input::Raised,
            Main::Handled => Input::Handled,
            Main::Handling => Input::Handling,
        };
        self.input(input);
        if !self.machine.is_pending() {
            self.go_on();
        }
    }

    /// The shutdown is forgotten: those that were told go on.
    fn go_on(&mut self) {
        self.blocks.iter_mut().for_each(|block| block.interrupted = false);
        self.told_and_waits = false;
    }

    fn start(&mut self, owner: usize, exec: Span, drain: bool, regardless: bool) {
        let nest = self.nest(owner, None);
        let verdict = self.machine.at_start(nest, regardless);
        let expected = self.naive.as_ref().map_or(verdict, |naive| naive.at_start(nest, regardless));
        assert_eq!(verdict, expected, "at the start of a block");
        if matches!(verdict, Verdict::Interrupt(_)) {
            self.told_and_waits |= owner == MAIN;
        } else {
            let waits = drain && !self.machine.is_pending();
            let deadline = if waits { Time::NEVER } else { self.now.plus(exec) };
            self.started_by_main += u64::from(owner == MAIN);
            let number = (owner == MAIN).then_some(self.started_by_main);
            self.blocks.push(Block { owner, deadline, exec, drain, started: self.now, number, interrupted: false });
        }
    }

    fn allow_break(&mut self, at: usize) {
        let nest = self.nest(self.blocks[at].owner, Some(at));
        let verdict = self.machine.at_break(nest, self.now);
        let expected = self.naive.as_ref().map_or(verdict, |naive| naive.at_break(nest, self.now));
        assert_eq!(verdict, expected, "at a breakpoint");
        match verdict {
            Verdict::Calm => self.renew(at),
            Verdict::Hold => {}
            Verdict::Interrupt(_) => self.blocks[at].interrupted = true,
        }
    }

    fn check_deadline(&mut self, at: usize) {
        let nest = self.nest(self.blocks[at].owner, Some(at));
        let verdict = self.machine.at_deadline(nest, self.now);
        let expected = self.naive.as_ref().map_or(verdict, |naive| naive.at_deadline(nest, self.now));
        assert_eq!(verdict, expected, "at a deadline");
        self.blocks[at].interrupted |= matches!(verdict, Verdict::Interrupt(_));
    }

    fn renew(&mut self, at: usize) {
        let block = &mut self.blocks[at];
        if !block.drain {
            block.deadline = self.now.plus(block.exec);
        }
    }

    fn end(&mut self, at: usize, error: bool) {
        let block = self.blocks.remove(at);
        if self.machine.is_pending() {
            self.input(match (block.interrupted, error) {
                (true, _) => Input::Ended(Ending::Unwinding),
                (false, true) => Input::Failed { on_main: block.owner == MAIN },
                (false, false) => Input::Ended(Ending::Quiet),
            });
        }
    }
}
