//! The machine against a naive model, over random sequences of inputs and times, and the properties that no sequence may break.

use proptest::prelude::*;

mod naive;
mod ops;
mod world;

use crate::event::ShutdownEvent;
use crate::machine::{Arrival, Effects, Input};
use crate::time::{Span, Time};
use ops::{LONGEST, Op, Scene, events, ops, scenes};
use world::{Step, World};

fn after(scene: Scene, ops: &[Op]) -> World {
    let mut world = World::new(scene);
    world.run(ops);
    world
}

/// A block with `run_at_exit`.
const AT_EXIT: Op = Op::Start { owner: 1, exec: LONGEST.0 / 1_000_000, drain: false, regardless: true };

/// A shutdown whose end was delivered, unless a last attempt has ended it.
fn delivered(scene: Scene, ops: &[Op]) -> World {
    let mut world = after(scene, ops);
    // a block at its own end, so that the program unwinds
    let mut rest = vec![Op::HupReturns, Op::HupReturns, AT_EXIT, Op::Event(ShutdownEvent::Request.into())];
    rest.extend(vec![Op::End { block: 0, error: true }; world.blocks.len() + 1]);
    rest.push(Op::TerminationReturns);
    world.run(&rest);
    assert!(world.dead || world.naive.delivered(), "not delivered");
    world
}

fn is_ignored(event: ShutdownEvent, scene: Scene) -> bool {
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

proptest! {
    #![proptest_config(config())]

    #[test]
    fn the_machine_does_what_the_naive_model_does(scene in scenes(), ops in ops()) {
        after(scene, &ops);
    }

    #[test]
    fn c1_no_event_is_forgotten(scene in scenes(), ops in ops()) {
        let mut world = World::new(scene);
        let mut came = false;
        for op in ops {
            let steps = world.trace.len();
            world.op(op);
            if matches!(op, Op::Cancel) && !world.machine.is_pending() {
                came = false;
            }
            came |= world.trace[steps..].iter().any(|step| is_event(step, scene));
            prop_assert!(!came || world.machine.is_pending(), "forgotten at {op:?}");
            if world.dead {
                break;
            }
        }
    }

    /// Nothing ends any more: the blocks are leaked, the callbacks hang. Only a promptly ticking supervisor is left.
    #[test]
    fn c22_c24_whatever_hangs_the_end_comes(scene in scenes(), mut ops in ops(), last in events()) {
        let scene = Scene { prompt: true, ..scene };
        ops.retain(|op| !matches!(op, Op::Exit));
        let mut world = after(scene, &ops);
        if !world.dead {
            if is_ignored(last.event, scene) {
                return Ok(());
            }
            world.op(Op::Event(last));
            let rules = scene.rules;
            // the drain of an idle server counts from an event that may itself wait for its `before_hup`
            let hup_and_termination = Span(2 * rules.callback_time.0);
            world.advance(world.now.plus(LONGEST).plus(hup_and_termination).plus(rules.unwind_time));
            prop_assert!(world.dead, "alive at {:?}, and the next tick is {:?}", world.now, world.machine.next_tick(None));
        }
    }

    /// The end was delivered, and a thread starts a block for the exit before each one ends.
    #[test]
    fn c12_c24_blocks_that_are_started_again_and_again_do_not_put_the_end_off(scene in scenes(), ops in ops(), pace in 60..LONGEST.0 / 1_000_000) {
        let mut world = delivered(Scene { prompt: true, ..scene }, &ops);
        let rules = scene.rules;
        let end = world.now.plus(rules.callback_time).plus(LONGEST).plus(rules.unwind_time);
        while !world.dead && world.now <= end {
            let former = world.blocks.len();
            world.op(AT_EXIT);
            for _ in 0..former {
                world.op(Op::End { block: 0, error: false });
            }
            world.advance(world.now.plus(Span::from_millis(pace)));
        }
        prop_assert!(world.dead, "alive at {:?}", world.now);
    }

    /// C21: the blocks are leaked, the callbacks hang, and cancelling does not help; but the status is ours.
    #[test]
    fn c21_c26_the_process_has_ended_before_the_system_ends_it(scene in scenes(), ops in ops()) {
        let mut world = World::new(Scene { prompt: true, ..scene });
        let mut system: Option<Time> = None;
        for op in ops {
            world.op(op);
            if let Op::Event(Arrival { event, grant: Some(grant), .. }) = op {
                let at = (!is_ignored(event, scene)).then(|| world.now.plus(grant));
                system = [system, at].into_iter().flatten().min();
            }
            if world.dead {
                return Ok(());
            }
            prop_assert!(system.is_none_or(|system| world.now.plus(Span::from_millis(100)) < system), "alive at {:?}", world.now);
        }
    }

    #[test]
    fn c17_nobody_who_was_told_is_cut_off_by_a_quiet_end(scene in scenes(), ops in ops()) {
        let mut world = World::new(scene);
        for op in ops {
            world.op(op);
            let Some(last) = world.trace.last().filter(|last| last.effects.die.is_some()) else { continue };
            prop_assert!(world.naive.delivered() || last.forced || !last.census.someone_told, "cut off: {last:?}");
            break;
        }
    }

    #[test]
    fn c11_c15_nothing_is_cut_short_before_its_deadline(scene in scenes(), ops in ops()) {
        for step in &after(scene, &ops).trace {
            let ends = step.effects.call_before_termination || step.effects.die.is_some();
            prop_assert!(!ends || step.census.holds.is_none() || step.forced, "cut short: {step:?}");
        }
    }

    #[test]
    fn c5_nothing_outlives_the_last_attempt(scene in scenes(), ops in ops()) {
        let mut world = World::new(Scene { prompt: true, ..scene });
        let mut forced: Option<Time> = None;
        for op in ops {
            world.op(op);
            if let Some(since) = forced {
                let over = world.now >= since.plus(scene.rules.unwind_time);
                prop_assert!(!over || world.dead, "alive at {:?}, forced at {since:?}", world.now);
            } else if world.naive.forced() {
                forced = world.trace.last().map(|step| step.now);
                prop_assert!(world.dead || scene.rules.before_termination, "nothing is left to wait for");
            }
            if world.dead {
                break;
            }
        }
    }

    #[test]
    fn c16_before_termination_is_called_once_and_before_the_end(scene in scenes(), ops in ops()) {
        let mut world = World::new(scene);
        let mut calls = 0;
        for op in ops {
            let steps = world.trace.len();
            world.op(op);
            if matches!(op, Op::Cancel) && !world.machine.is_pending() {
                calls = 0;
            }
            for Step { effects, .. } in &world.trace[steps..] {
                if effects.die.is_some() {
                    prop_assert_eq!(calls, u32::from(scene.rules.before_termination), "calls before the end");
                }
                calls += u32::from(effects.call_before_termination);
                prop_assert!(calls <= 1, "called twice in one shutdown");
            }
            if world.dead {
                break;
            }
        }
    }

    /// What the machine wants a tick for does not happen before, and something does then.
    #[test]
    fn c25_a_tick_before_its_time_changes_nothing(scene in scenes(), ops in ops()) {
        let mut world = after(Scene { prompt: true, ..scene }, &ops);
        world.advance(world.now);
        if world.dead {
            return Ok(());
        }
        let wanted = world.machine.next_tick(world.holds());
        prop_assert!(wanted.is_none_or(|tick| tick > world.now), "wanted at {wanted:?}, now {:?}", world.now);
        let mut early = world.clone();
        early.now = wanted.map_or(Time::NEVER, |tick| Time(tick.0 - 1));
        prop_assert_eq!(early.input(Input::Tick), Effects::default());
        prop_assert_eq!(early.machine.is_pending(), world.machine.is_pending());
    }
}

/// 10,000 sequences, unless the environment names a number.
fn config() -> ProptestConfig {
    let cases = if std::env::var_os("PROPTEST_CASES").is_some() { ProptestConfig::default().cases } else { 10_000 };
    ProptestConfig { cases, failure_persistence: None, ..ProptestConfig::default() }
}
