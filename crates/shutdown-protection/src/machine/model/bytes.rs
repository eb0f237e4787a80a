//! Sequences made of bytes: what the fuzzer of the folder `fuzz` varies.
//!
//! The first bytes are the scene, some each operation. Times are not only those around the limits of the rules, but any; and
//! there are scenes of a face that raises, which the naive model does not know, but the properties do.

use arbitrary::{Result, Unstructured};

use super::ops::{EVENTS, LONGEST, MILLIS, Main, Op, Scene};
use super::properties::{
    BeforeTheSystem, CalledOnce, NobodyCutOff, NotCutShort, NotForgotten, NothingOutlivesTheLast, Property,
    an_early_tick_changes_nothing, delivered, run, starts_do_not_put_the_end_off, whatever_hangs_the_end_comes,
};
use crate::machine::{Arrival, Rules};
use crate::time::Span;

/// Longer sequences find nothing that shorter ones do not, and take the square of the time.
const MOST: usize = 64;

/// What follows a sequence.
#[derive(Debug, Clone, Copy)]
enum Finale {
    None,
    EarlyTick,
    Hangs(Arrival),
    /// So many times in all the time that there is.
    Starts(u64),
}

/// A sequence that breaks a rule is shown. The fuzzer aborts before; a test does not.
struct ShownIfBroken<'a>(Scene, &'a [Op], Finale);

impl Drop for ShownIfBroken<'_> {
    fn drop(&mut self) {
        if std::thread::panicking() {
            println!("{:?}, {:?}", self.0, self.2);
            self.1.iter().for_each(|op| println!("{op:?}"));
        }
    }
}

/// Runs the sequence that these bytes are; panics if it breaks anything.
pub(crate) fn check(data: &[u8]) {
    // Too few bytes are no sequence.
    let Ok((scene, ops, finale)) = decode(&mut Unstructured::new(data)) else { return };
    let _shown = ShownIfBroken(scene, &ops, finale);
    let each: &mut [&mut dyn Property] = &mut [
        &mut NotForgotten::default(),
        &mut NotCutShort,
        &mut NothingOutlivesTheLast::default(),
        &mut CalledOnce::default(),
        &mut NobodyCutOff,
        &mut BeforeTheSystem::default(),
    ];
    let world = run(scene, &ops, each);
    match finale {
        Finale::EarlyTick if scene.prompt => an_early_tick_changes_nothing(world),
        Finale::Hangs(last) if scene.prompt => whatever_hangs_the_end_comes(world, last),
        Finale::Starts(times) if scene.prompt && !scene.rules.raises => {
            let all = scene.rules.callback_time.0 + LONGEST.0 + scene.rules.unwind_time.0;
            starts_do_not_put_the_end_off(delivered(world), Span(all / times));
        }
        _ => {}
    }
}

fn decode(bytes: &mut Unstructured<'_>) -> Result<(Scene, Vec<Op>, Finale)> {
    let [flags, attempts, more]: [u8; 3] = bytes.arbitrary()?;
    let flag = |bit: u8| flags >> bit & 1 == 1;
    let rules = Rules {
        max_attempts: if attempts == u8::MAX { u32::MAX } else { u32::from(attempts % 6) + 1 },
        terminate_on_hup: flag(0),
        terminate_on_logoff: flag(1),
        before_hup: flag(2),
        before_termination: flag(3),
        callback_time: Span(span(bytes)?.0.max(1)),
        unwind_time: Span(span(bytes)?.0.max(1)),
        raises: flag(4),
    };
    let scene = Scene { rules, prompt: flag(5), latest: flag(6), busy: flag(7) };
    let finale = match more % 8 {
        0 => Finale::Starts(u64::from(more / 8) + 1),
        1 | 2 => Finale::Hangs(arrival(bytes)?),
        3 | 4 => Finale::EarlyTick,
        _ => Finale::None,
    };
    let mut ops = Vec::new();
    while !bytes.is_empty() && ops.len() < MOST {
        ops.push(op(bytes)?);
    }
    Ok((scene, ops, finale))
}

fn op(bytes: &mut Unstructured<'_>) -> Result<Op> {
    let [kind, detail]: [u8; 2] = bytes.arbitrary()?;
    let block = usize::from(detail % 4);
    let flag = |bit: u8| detail >> bit & 1 == 1;
    Ok(match kind % 20 {
        0..4 => Op::Event(EVENTS[usize::from(detail) % EVENTS.len()]),
        4 => Op::Event(arrival(bytes)?),
        5 | 6 => Op::Advance(span(bytes)?),
        7 => Op::ToTick(i64::from(detail) - 128),
        8 => Op::Tick,
        9 | 10 => Op::Start {
            owner: usize::from(detail) % 3,
            exec: Span(span(bytes)?.0.clamp(1, LONGEST.0)),
            drain: flag(2),
            regardless: flag(3),
        },
        11 => Op::Break(block),
        12 => Op::CheckDeadline(block),
        13 => Op::Renew(block),
        14 | 15 => Op::End { block, error: flag(2) },
        16 => Op::HupReturns,
        17 => Op::TerminationReturns,
        18 => {
            if flag(0) {
                Op::Exit
            } else {
                Op::Cancel
            }
        }
        _ if flag(7) => Op::Main(
            [Main::Broken, Main::Raising { own_status: false }, Main::Raising { own_status: true }]
                [usize::from(detail) % 3],
        ),
        _ => Op::Main([Main::Raised, Main::Handled, Main::Handling][usize::from(detail) % 3]),
    })
}

/// One of the table's, with a grant of any length where the system grants a time.
fn arrival(bytes: &mut Unstructured<'_>) -> Result<Arrival> {
    let mut arrival = EVENTS[usize::from(bytes.arbitrary::<u8>()?) % EVENTS.len()];
    if arrival.grant.is_some() {
        // Less is over before anything can be done about it.
        arrival.grant = Some(Span(span(bytes)?.0.max(Span::from_millis(101).0)));
    }
    Ok(arrival)
}

/// Around the limits of the rules, or any up to a minute.
fn span(bytes: &mut Unstructured<'_>) -> Result<Span> {
    let code: u8 = bytes.arbitrary()?;
    Ok(match code % 4 {
        0 | 1 => Span::from_millis(MILLIS[usize::from(code / 2) % MILLIS.len()]),
        2 => Span(bytes.arbitrary::<u32>()?.into()),
        _ => Span::from_millis(bytes.arbitrary::<u16>()?.into()),
    })
}

#[cfg(test)]
mod tests {
    use std::path::Path;

    /// What the fuzzer has found, also where there is no fuzzer.
    #[test]
    #[cfg_attr(miri, ignore = "it reads files")]
    fn c1_to_c26_hold_for_every_sequence_of_the_corpus() {
        let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../fuzz/corpus/machine");
        let mut count = 0;
        for entry in std::fs::read_dir(&folder).unwrap() {
            let path = entry.unwrap().path();
            let data = std::fs::read(&path).unwrap();
            // The one that fails is the last one named.
            println!("{}", path.display());
            super::check(&data);
            count += 1;
        }
        assert!(count > 100, "{count} sequences in {}", folder.display());
    }
}
