//! C3, C4, C8, C9, C10, C16, C17 and C19 for each of the five events, delivered by the system's own dispatcher.

use contract_tests::windows::console::ConsoleEvent;

use super::name;
use crate::harness::{SIGINT, Victim};

#[test]
fn c3_c19_without_a_block_each_event_ends_the_process() {
    for event in ConsoleEvent::ALL {
        for scenario in ["configured", "after_a_block"] {
            let mut victim = Victim::start(scenario, &[]);
            victim.ready();
            victim.console(event);
            victim.ends().died_by(SIGINT);
        }
    }
}

#[test]
fn c3_c16_before_termination_runs_before_each_of_them_does() {
    for event in ConsoleEvent::ALL {
        let mut victim = Victim::start("termination_at", &["nowhere"]);
        victim.ready();
        victim.console(event);
        victim.expect("termination");
        victim.ends().died_by(SIGINT);
    }
}

#[test]
fn c9_c17_c19_each_event_breaks() {
    for event in ConsoleEvent::ALL {
        for (returned, printed) in [("ok", ""), ("err", "Error: ")] {
            let mut victim = Victim::start("at_a_breakpoint", &[returned]);
            victim.ready();
            victim.console(event);
            victim.expect("pending");
            victim.expect(&format!("break {} Break 1", name(event)));
            victim.expect("unwinding");
            victim.ends_printing(printed).died_by(SIGINT);
        }
    }
}

#[test]
fn c10_c17_the_end_of_a_block_is_a_break_whatever_the_event() {
    for event in ConsoleEvent::ALL {
        let mut victim = Victim::start("finish", &["pending"]);
        victim.ready();
        victim.console(event);
        victim.expect("pending");
        victim.expect(&format!("end {} Break 1", name(event)));
        victim.ends().died_by(SIGINT);

        let mut victim = Victim::start("end_in_drop", &[]);
        victim.ready();
        victim.console(event);
        victim.expect("pending");
        victim.ends().died_by(SIGINT);
    }
}

#[test]
fn c19_a_code_can_replace_the_status_of_each() {
    for event in ConsoleEvent::ALL {
        for place in ["nowhere", "break", "drop"] {
            let mut victim = Victim::start("coded", &["7", place]);
            victim.ready();
            victim.console(event);
            if place != "nowhere" {
                victim.expect("pending");
            }
            if place == "break" {
                victim.expect(&format!("break {} Break 1", name(event)));
            }
            victim.ends().exited(7);
        }
    }
}

/// A status has 32 bits here.
#[test]
fn c19_c30_a_code_may_be_any() {
    for code in [256, -1, 100_000] {
        let mut victim = Victim::start("coded", &[&code.to_string(), "drop"]);
        victim.ready();
        victim.console(ConsoleEvent::Break);
        victim.expect("pending");
        victim.ends().exited(code);
    }
}

#[test]
fn c8_restored_handlers_leave_each_event_to_the_system() {
    for event in ConsoleEvent::ALL {
        let mut victim = Victim::start("restores", &[]);
        let restored = victim.value("restored");
        for event in ConsoleEvent::ALL {
            assert!(restored.split(' ').any(|word| word == name(event)), "{restored}");
        }
        victim.expect("again 0");
        victim.ready();
        victim.console(event);
        victim.ends().died_natively_by(SIGINT);
    }
}
