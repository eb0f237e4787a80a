//! Random sequences, by `proptest`, and what has to hold of each.

use proptest::prelude::*;

use super::ops::{EVENTS, LONGEST, MILLIS, Main, Op, Scene};
use super::properties::{
    self, BeforeTheSystem, CalledOnce, NobodyCutOff, NotCutShort, NotForgotten, NothingOutlivesTheLast, run,
};
use crate::machine::{Arrival, Rules};
use crate::time::Span;

proptest! {
    #![proptest_config(config())]

    #[test]
    fn the_machine_does_what_the_naive_model_does(scene in scenes(), ops in ops()) {
        run(scene, &ops, &mut []);
    }

    #[test]
    fn c9_c19_c26_what_owners_say_is_believed_where_the_end_is_raised(scene in scenes(), ops in ops()) {
        run(raising(scene), &ops, &mut []);
    }

    #[test]
    fn c1_no_event_is_forgotten(scene in scenes(), ops in ops()) {
        run(scene, &ops, &mut [&mut NotForgotten::default()]);
    }

    #[test]
    fn c22_c24_whatever_hangs_the_end_comes(scene in scenes(), mut ops in ops(), last in events()) {
        ops.retain(|op| !matches!(op, Op::Exit));
        properties::whatever_hangs_the_end_comes(run(promptly(scene), &ops, &mut []), last);
    }

    #[test]
    fn c12_c24_blocks_that_are_started_again_and_again_do_not_put_the_end_off(scene in scenes(), ops in ops(), pace in 60..LONGEST.0 / 1_000_000) {
        let world = properties::delivered(run(promptly(scene), &ops, &mut []));
        properties::starts_do_not_put_the_end_off(world, Span::from_millis(pace));
    }

    #[test]
    fn c21_c26_the_process_has_ended_before_the_system_ends_it(scene in scenes(), ops in ops()) {
        run(promptly(scene), &ops, &mut [&mut BeforeTheSystem::default()]);
    }

    #[test]
    fn c17_nobody_who_was_told_is_cut_off_by_a_quiet_end(scene in scenes(), ops in ops()) {
        run(scene, &ops, &mut [&mut NobodyCutOff]);
    }

    #[test]
    fn c11_c15_nothing_is_cut_short_before_its_deadline(scene in scenes(), ops in ops()) {
        run(scene, &ops, &mut [&mut NotCutShort]);
    }

    #[test]
    fn c5_nothing_outlives_the_last_attempt(scene in scenes(), ops in ops()) {
        run(promptly(scene), &ops, &mut [&mut NothingOutlivesTheLast::default()]);
    }

    #[test]
    fn c16_before_termination_is_called_once_and_before_the_end(scene in scenes(), ops in ops()) {
        run(scene, &ops, &mut [&mut CalledOnce::default()]);
    }

    #[test]
    fn c25_a_tick_before_its_time_changes_nothing(scene in scenes(), ops in ops()) {
        properties::an_early_tick_changes_nothing(run(promptly(scene), &ops, &mut []));
    }
}

/// 10,000 sequences, unless the environment names a number.
fn config() -> ProptestConfig {
    let cases = if std::env::var_os("PROPTEST_CASES").is_some() { ProptestConfig::default().cases } else { 10_000 };
    ProptestConfig { cases, failure_persistence: None, ..ProptestConfig::default() }
}

fn promptly(scene: Scene) -> Scene {
    Scene { prompt: true, ..scene }
}

fn raising(scene: Scene) -> Scene {
    Scene { rules: Rules { raises: true, ..scene.rules }, ..scene }
}

fn events() -> impl Strategy<Value = Arrival> {
    prop::sample::select(&EVENTS[..])
}

/// Decoded from numbers: a tree of strategies would cost ten times the sequence itself.
fn ops() -> impl Strategy<Value = Vec<Op>> {
    prop::collection::vec(any::<u32>(), 1..40).prop_map(|codes| codes.into_iter().map(decode).collect())
}

fn decode(code: u32) -> Op {
    let mut rest = code as usize;
    let mut pick = |of: usize| {
        let picked = rest % of;
        rest /= of;
        picked
    };
    match pick(32) {
        0..6 => Op::Event(EVENTS[pick(EVENTS.len())]),
        6..11 => Op::Advance(Span::from_millis(MILLIS[pick(MILLIS.len())])),
        11..14 => Op::ToTick(pick(3) as i64 - 1),
        14 => Op::Tick,
        15..20 => Op::Start {
            owner: pick(3),
            exec: [Span::from_millis(60), Span::from_millis(300), Span::from_millis(1000), LONGEST][pick(4)],
            drain: pick(2) == 1,
            regardless: pick(2) == 1,
        },
        20..22 => Op::Break(pick(4)),
        22 => Op::CheckDeadline(pick(4)),
        23 => Op::Renew(pick(4)),
        24..27 => Op::End { block: pick(4), error: pick(2) == 1 },
        27..29 => Op::HupReturns,
        29..31 => Op::TerminationReturns,
        _ => match pick(9) {
            0..2 => Op::Exit,
            2..4 => Op::Cancel,
            4..6 => Op::Main(Main::Broken),
            6 => Op::Main(Main::Raising { own_status: pick(2) == 1 }),
            7 => Op::Main(Main::Raised),
            _ => Op::Main([Main::Handled, Main::Handling][pick(2)]),
        },
    }
}

fn scenes() -> impl Strategy<Value = Scene> {
    let rules =
        (1_u32..7, any::<[bool; 4]>(), prop::sample::select(vec![30, 300, 2000]), prop::sample::select(vec![40, 500]))
            .prop_map(
                |(
                    max_attempts,
                    [terminate_on_hup, terminate_on_logoff, before_hup, before_termination],
                    callback,
                    unwind,
                )| Rules {
                    max_attempts,
                    terminate_on_hup,
                    terminate_on_logoff,
                    before_hup,
                    before_termination,
                    callback_time: Span::from_millis(callback),
                    unwind_time: Span::from_millis(unwind),
                    raises: false,
                },
            );
    (rules, any::<[bool; 3]>()).prop_map(|(rules, [prompt, latest, busy])| Scene { rules, prompt, latest, busy })
}
