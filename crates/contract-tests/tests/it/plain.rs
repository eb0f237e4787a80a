//! C3 and C19: no block is open.

use crate::harness::{SIGNALS, Victim};

#[test]
fn c3_c19_without_a_block_each_signal_ends_the_process() {
    for scenario in ["configured", "after_a_block"] {
        for signal in SIGNALS {
            let mut victim = Victim::start(scenario, &[]);
            victim.ready();
            victim.signal(signal);
            victim.ends().died_by(signal);
        }
    }
}
