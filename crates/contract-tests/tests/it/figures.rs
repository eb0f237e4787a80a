//! C30: figures.

use crate::harness::{SIGTERM, Victim};

#[test]
fn c30_a_zero_duration_panics_and_the_message_names_argument_and_value() {
    for (way, named) in [
        ("start_for", "max_exec_time"),
        ("renew_for", "max_exec_time"),
        ("max_exec_time", "max_exec_time"),
        ("drain_time", "drain_time"),
        ("from", "max_exec_time"),
        ("protect", "max_exec_time"),
        ("protect_async", "max_exec_time"),
        ("future::renew_for", "max_exec_time"),
        ("future::renew_for, inside", "max_exec_time"),
    ] {
        for part in [named, "0", "figures.rs"] {
            let mut victim = Victim::start("zero", &[way]);
            victim.expect("panicked true");
            victim.ends_printing(part).exited(0);
        }
    }
}

#[test]
fn c30_a_bad_configuration_names_argument_and_value() {
    for (which, argument, value) in [
        ("max_exec_time", "max_exec_time", "0"),
        ("unwind_time", "unwind_time", "0"),
        ("max_attempts", "max_attempts", "0"),
    ] {
        let mut victim = Victim::start("refused_configuration", &[which]);
        victim.expect("argument true install false");
        let message = victim.value("message");
        assert!(message.contains(argument) && message.contains(value), "{message:?}");
        victim.ends().exited(0);
    }
}

#[test]
fn c30_a_bad_configuration_changes_nothing() {
    for which in ["max_exec_time", "unwind_time", "max_attempts"] {
        let mut victim = Victim::start("refused_changes_nothing", &[which]);
        victim.expect("refused true");
        victim.stops_at_its_breakpoint();
    }
}

#[test]
fn c30_durations_beyond_the_clock_are_saturated() {
    let mut victim = Victim::start("saturated", &[]);
    victim.expect("long true");
    victim.expect("long true");
    victim.ready();
    victim.signal(SIGTERM);
    victim.expect("pending");
    for _ in 0..3 {
        victim.expect("deadline ok");
    }
    victim.expect("break SigTerm Break 1");
    victim.ends().died_by(SIGTERM);
}

#[test]
fn c30_the_default_of_max_exec_time() {
    let mut victim = Victim::start("defaults", &[]);
    victim.expect("default true");
    victim.expect("configured true");
    victim.ends().exited(0);
}

#[test]
fn c30_a_configuration_changes_only_what_it_names() {
    let mut victim = Victim::start("lasting", &[]);
    victim.ready();
    victim.signal(SIGTERM);
    victim.expect("pending");
    victim.expect("break SigTerm Break 1");
    victim.expect("termination");
    victim.ends().died_by(SIGTERM);
}
