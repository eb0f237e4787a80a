//! The machine against a naive model, over random sequences of inputs and times, and the properties that no sequence may break.

use proptest::prelude::*;

mod naive;
mod world;

use world::{World, ops, scenes};

proptest! {
    #![proptest_config(config())]

    #[test]
    fn the_machine_does_what_the_naive_model_does(scene in scenes(), ops in ops()) {
        World::new(scene).run(&ops);
    }
}

/// 10,000 sequences, unless the environment names a number.
fn config() -> ProptestConfig {
    let cases = if std::env::var_os("PROPTEST_CASES").is_some() { ProptestConfig::default().cases } else { 10_000 };
    ProptestConfig { cases, failure_persistence: None, ..ProptestConfig::default() }
}
