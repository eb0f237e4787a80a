//! What no sequence of inputs may break, whatever the naive model says of it.
//!
//! Some hold after each operation: a [`Property`] looks at the world then. The others are about what comes when a sequence is
//! over, and go on from its world.

use super::ops::{LONGEST, Main, Op, Scene};
use super::world::{Step, World};
use crate::event::ShutdownEvent;
use crate::machine::{Arrival, Effects, Input};
use crate::time::{Span, Time};

pub(super) trait Property {
    /// After an operation, which took these steps.
    fn look(&mut self, world: &World, op: Op, steps: &[Step]);
}

/// Runs the operations until the process is dead.
pub(super) fn run(scene: Scene, ops: &[Op], properties: &mut [&mut dyn Property]) -> World {
    let mut world = World::new(scene);
    for op in ops {
        if world.dead {
            break;
        }
        let steps = world.trace.len();
        world.op(*op);
        for property in properties.iter_mut() {
            property.look(&world, *op, &world.trace[steps..]);
        }
    }
    world
}

pub(super) fn is_ignored(event: ShutdownEvent, scene: Scene) -> bool {
    match event {
        ShutdownEvent::SigHup => !scene.rules.terminate_on_hup,
        ShutdownEvent::CtrlLogoff => !scene.rules.terminate_on_logoff,
        _ => false,
    }
}

fn is_event(step: &Step, scene: Scene) -> bool {
    match step.input {
        // one that calls `before_hup` begins nothing before the call is over
        Input::Event(Arrival { event: ShutdownEvent::SigHup, .. }) if scene.rules.before_hup => false,
        Input::Event(Arrival { event, .. }) => !is_ignored(event, scene),
        _ => false,
    }
}

/// Has the shutdown been forgotten by this operation, as it may be (C26)?
fn is_forgotten(world: &World, op: Op) -> bool {
    matches!(op, Op::Cancel | Op::Main(Main::Handled)) && !world.machine.is_pending()
}

/// Has what came behind a delivery that was handled begun a shutdown of its own (C26)?
fn begins_anew(op: Op, steps: &[Step]) -> bool {
    matches!(op, Op::Main(Main::Handled)) && steps.iter().any(|step| step.effects.announce)
}

/// C1: an event is pending until the process ends, or lives on by C26.
#[derive(Default)]
pub(super) struct NotForgotten {
    came: bool,
    /// The main thread has met what was delivered. Until then, what comes is of the same shutdown, and what it meets is told of it
    /// (C17).
    met: bool,
    /// After that: it outlives what was handled.
    came_later: bool,
}

impl Property for NotForgotten {
    fn look(&mut self, world: &World, op: Op, steps: &[Step]) {
        if is_forgotten(world, op) {
            assert!(!self.came || self.met || matches!(op, Op::Cancel), "forgotten, and nobody has met it");
            assert!(!self.came_later || matches!(op, Op::Cancel), "what came after the delivery is forgotten");
            *self = Self::default();
        }
        // C20, or it has begun a shutdown of its own.
        self.came_later &= !matches!(op, Op::Main(Main::Handling)) && !begins_anew(op, steps);
        let came = steps.iter().any(|step| is_event(step, world.scene));
        self.came |= came;
        self.came_later |= came && self.met;
        let met = self.met && !begins_anew(op, steps) || matches!(op, Op::Main(Main::Raised));
        self.met = met && world.machine.told().is_some();
        assert!(!self.came || world.machine.is_pending(), "forgotten at {op:?}");
    }
}

/// C11, C15
pub(super) struct NotCutShort;

impl Property for NotCutShort {
    fn look(&mut self, world: &World, _: Op, steps: &[Step]) {
        for step in steps {
            let Effects { call_before_termination, die, tell, .. } = step.effects;
            // What is started while `before_termination` runs (C12) does not keep the main thread from being told.
            let ends = call_before_termination || die.is_some() || (tell && !world.scene.rules.before_termination);
            assert!(!ends || step.census.holds.is_none() || step.forced, "cut short: {step:?}");
        }
    }
}

/// C5: where the end is raised, it is at least told by then.
#[derive(Default)]
pub(super) struct NothingOutlivesTheLast {
    forced: Option<Time>,
}

impl Property for NothingOutlivesTheLast {
    fn look(&mut self, world: &World, _: Op, steps: &[Step]) {
        let rules = world.scene.rules;
        let ended = world.dead || (rules.raises && world.machine.told().is_some());
        if let Some(since) = self.forced {
            let limit = if rules.raises { rules.unwind_time.max(rules.callback_time) } else { rules.unwind_time };
            let over = world.scene.prompt && world.now >= since.plus(limit);
            assert!(!over || ended, "alive at {:?}, forced at {since:?}", world.now);
        } else if world.machine.is_forced() {
            self.forced = steps.last().map(|step| step.now);
            assert!(ended || rules.before_termination, "nothing is left to wait for");
        }
    }
}

/// C16
#[derive(Default)]
pub(super) struct CalledOnce {
    calls: u32,
}

impl Property for CalledOnce {
    fn look(&mut self, world: &World, op: Op, steps: &[Step]) {
        let rules = world.scene.rules;
        if begins_anew(op, steps) || is_forgotten(world, op) {
            self.calls = 0;
        }
        for Step { effects, .. } in steps {
            // Where the end is raised, a last attempt while the program exits ends it without (C5, C28).
            if (effects.die.is_some() || effects.tell) && !(rules.raises && world.has_exited) {
                assert_eq!(self.calls, u32::from(rules.before_termination), "calls before the end");
            }
            self.calls += u32::from(effects.call_before_termination);
            assert!(self.calls <= 1, "called twice in one shutdown");
        }
    }
}

/// C17: nobody who was told is cut off by a quiet end.
pub(super) struct NobodyCutOff;

impl Property for NobodyCutOff {
    fn look(&mut self, world: &World, _: Op, steps: &[Step]) {
        // Where the end is raised, none is quiet.
        let Some(naive) = &world.naive else { return };
        for step in steps.iter().filter(|step| step.effects.die.is_some()) {
            assert!(naive.delivered() || step.forced || !step.census.someone_told, "cut off: {step:?}");
        }
    }
}

/// C21: the blocks may be leaked, the callbacks hang, and cancelling does not help; but the status is ours.
#[derive(Default)]
pub(super) struct BeforeTheSystem {
    ends_at: Option<Time>,
}

impl Property for BeforeTheSystem {
    fn look(&mut self, world: &World, op: Op, _: &[Step]) {
        if let Op::Event(Arrival { event, grant: Some(grant), .. }) = op {
            let at = (!is_ignored(event, world.scene)).then(|| world.now.plus(grant));
            self.ends_at = [self.ends_at, at].into_iter().flatten().min();
        }
        let in_time = self.ends_at.is_none_or(|system| world.now.plus(Span::from_millis(100)) < system);
        assert!(world.dead || in_time || !world.scene.prompt, "alive at {:?}", world.now);
    }
}

/// A block with `run_at_exit`.
const AT_EXIT: Op = Op::Start { owner: 1, exec: LONGEST, drain: false, regardless: true };

/// A shutdown whose end was delivered, unless a last attempt has ended it.
pub(super) fn delivered(mut world: World) -> World {
    // a block at its own end, so that the program unwinds
    let mut rest = vec![Op::HupReturns, Op::HupReturns, AT_EXIT, Op::Event(ShutdownEvent::Request.into())];
    rest.extend(vec![Op::End { block: 0, error: true }; world.blocks.len() + 1]);
    rest.push(Op::TerminationReturns);
    for op in rest {
        if world.dead {
            break;
        }
        world.op(op);
    }
    assert!(world.dead || world.naive.as_ref().is_none_or(|naive| naive.delivered()), "not delivered");
    world
}

/// C22, C24: nothing ends any more: the blocks are leaked, the callbacks hang. Only a promptly ticking supervisor is left.
pub(super) fn whatever_hangs_the_end_comes(mut world: World, last: Arrival) {
    let scene = world.scene;
    assert!(scene.prompt);
    if world.dead || world.has_exited || is_ignored(last.event, scene) {
        return;
    }
    world.op(Op::Event(last));
    let rules = scene.rules;
    // the drain of an idle server counts from an event that may itself wait for its `before_hup`
    let callbacks = rules.callback_time;
    let mut end = world.now.plus(LONGEST).plus(callbacks).plus(callbacks).plus(rules.unwind_time);
    if rules.raises && world.machine.enforced_at() != Time::NEVER {
        // What the main thread has not called by then, a helper thread calls.
        end = end.max(world.machine.enforced_at());
    }
    world.advance(end);
    assert!(world.dead, "alive at {:?}, and the next tick is {:?}", world.now, world.machine.next_tick(None));
}

/// C12, C24: the end was delivered, and a thread starts a block for the exit before each one ends.
pub(super) fn starts_do_not_put_the_end_off(mut world: World, pace: Span) {
    let rules = world.scene.rules;
    let end = world.now.plus(rules.callback_time).plus(LONGEST).plus(rules.unwind_time);
    while !world.dead && world.now <= end {
        let former = world.blocks.len();
        world.op(AT_EXIT);
        for _ in 0..former {
            world.op(Op::End { block: 0, error: false });
        }
        world.advance(world.now.plus(pace));
    }
    assert!(world.dead, "alive at {:?}", world.now);
}

/// C25: what the machine wants a tick for does not happen before, and something does then.
pub(super) fn an_early_tick_changes_nothing(mut world: World) {
    assert!(world.scene.prompt);
    world.advance(world.now);
    if world.dead {
        return;
    }
    let wanted = world.machine.next_tick(world.holds());
    assert!(wanted.is_none_or(|tick| tick > world.now), "wanted at {wanted:?}, now {:?}", world.now);
    world.now = wanted.map_or(Time::NEVER, |tick| Time(tick.0 - 1));
    let pending = world.machine.is_pending();
    assert_eq!(world.input(Input::Tick), Effects::default());
    assert_eq!(world.machine.is_pending(), pending);
}
