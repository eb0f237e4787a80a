//! C2, C5 and C20: attempts of the console.

use contract_tests::windows::console::ConsoleEvent::{self, Break, C, Close, Shutdown};

use crate::harness::{SIGINT, Victim};

/// All but the last leave the process alive.
fn sent(victim: &mut Victim, events: &[ConsoleEvent]) {
    for (index, event) in events.iter().enumerate() {
        victim.console(*event);
        if index == 0 && events.len() > 1 {
            victim.expect("pending");
        }
        if index + 1 < events.len() {
            victim.settled();
            victim.lives();
        }
    }
}

#[test]
fn c5_the_attempt_that_reaches_the_maximum_ends_the_process() {
    let cases: [(&str, &[ConsoleEvent]); 7] = [
        ("1", &[C]),
        ("1", &[Break]),
        ("2", &[C, Break]),
        ("2", &[Break, Break]),
        ("default", &[C, C, C]),
        ("3", &[Break, C, Break]),
        ("4", &[C, C, Break, C]),
    ];
    for (max, events) in cases {
        let mut victim = Victim::start("in_a_block", &[max]);
        victim.ready();
        sent(&mut victim, events);
        victim.ends_saying_at_most("pending").died_by(SIGINT);
    }
}

/// The handlers of an enforced event are held; the attempts behind it still come through.
#[test]
fn c5_c21_an_enforced_event_is_an_attempt_like_the_others() {
    for event in super::ENFORCED {
        let mut victim = Victim::start("in_a_block", &["1"]);
        victim.ready();
        victim.console(event);
        victim.ends_saying_at_most("pending").died_by(SIGINT);

        let mut victim = Victim::start("in_a_block", &["2"]);
        victim.ready();
        victim.console(C);
        victim.expect("pending");
        victim.settled();
        victim.console(event);
        victim.ends().died_by(SIGINT);
    }
}

#[test]
fn c20_an_enforced_event_while_the_program_unwinds_changes_nothing() {
    for event in [Close, Shutdown] {
        let mut victim = Victim::start("unwinds_slowly", &[]);
        victim.ready();
        victim.console(C);
        victim.expect("pending");
        victim.expect("break CtrlC Break 1");
        victim.console(event);
        std::thread::sleep(std::time::Duration::from_millis(300));
        victim.tell("go");
        victim.expect("rolled back");
        victim.ends().exited(7);
    }
}
