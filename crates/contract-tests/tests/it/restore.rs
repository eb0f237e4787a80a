//! C8: `restore_handlers` puts back what stood before.

use crate::harness::{SIGTERM, Victim};

const ALL: &str = "restored SigHup SigInt SigQuit SigTerm";

#[test]
fn c8_the_default_comes_back_and_the_signal_ends_the_process_natively() {
    let mut victim = Victim::start("restored_defaults", &[]);
    victim.expect("ours true");
    victim.expect(ALL);
    victim.expect("default true");
    victim.ready();
    victim.signal(SIGTERM);
    victim.ends().died_natively_by(SIGTERM);
}

#[test]
fn c8_former_handlers_and_ignored_signals_come_back() {
    let mut victim = Victim::start("restored_former", &[]);
    victim.expect("former false hup false");
    victim.expect(ALL);
    victim.expect("former true hup true");
    victim.ends().exited(0);
}

#[test]
fn c8_a_handler_over_ours_stays() {
    let mut victim = Victim::start("replaced_stays", &[]);
    victim.expect("restored SigHup SigInt SigQuit");
    victim.expect("former true");
    victim.ends().exited(0);
}

#[test]
fn c8_it_is_native_inside_a_block_too() {
    let mut victim = Victim::start("restored_in_a_block", &[]);
    victim.expect(ALL);
    victim.ready();
    victim.signal(SIGTERM);
    victim.ends().died_natively_by(SIGTERM);
}

#[test]
fn c8_a_configuration_installs_again() {
    let victim = Victim::start("installed_again", &["configure"]);
    victim.stops_at_its_breakpoint();
}

#[test]
fn c8_restoring_twice_restores_once() {
    let mut victim = Victim::start("restored_twice", &[]);
    victim.expect("restored ");
    victim.expect(ALL);
    victim.expect("restored ");
    victim.ends().exited(0);
}
