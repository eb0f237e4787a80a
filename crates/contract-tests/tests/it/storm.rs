//! C1, C4, C9 and C26 under a storm: a hundred thousand signals, and no write is ever torn.

use std::path::Path;
use std::time::Duration;

use crate::harness::{SIGHUP, SIGINT, SIGQUIT, SIGTERM, Victim, event, signal};

const STORM: usize = 100_000;

/// Every `begin` has its `end` behind it, in each thread's file.
fn check_nothing_is_torn(folder: &Path) {
    let mut lines = 0;
    for file in std::fs::read_dir(folder).expect("a folder") {
        let file = file.expect("a file").path();
        let text = std::fs::read_to_string(&file).expect("a file");
        let all: Vec<&str> = text.lines().collect();
        for pair in all.chunks(2) {
            let wanted = pair[0].replace("begin", "end");
            assert_eq!(pair.get(1).copied(), Some(wanted.as_str()), "{} was torn", file.display());
        }
        lines += all.len();
    }
    assert!(lines > 0, "nobody wrote");
}

#[test]
fn c6_c4_a_storm_that_ends_nothing_interrupts_nobody() {
    let folder = tempfile::tempdir().expect("a folder");
    let mut victim = Victim::start("storm_ignored", &[folder.path().to_str().expect("a name")]);
    victim.ready();
    for _ in 0..STORM {
        signal(victim.pid(), SIGHUP);
    }
    victim.signal(SIGTERM);
    for _ in 0..8 {
        victim.expect("writer SigTerm Break");
    }
    victim.ends().died_by(SIGTERM);
    check_nothing_is_torn(folder.path());
}

#[test]
fn c1_c4_c9_a_storm_of_ends_breaks_only_at_breakpoints() {
    let kinds = [SIGTERM, SIGINT, SIGQUIT, SIGHUP];
    for first in [SIGTERM, SIGINT] {
        let folder = tempfile::tempdir().expect("a folder");
        let mut victim = Victim::start("storm_of_ends", &[folder.path().to_str().expect("a name")]);
        victim.ready();
        let pid = victim.pid();
        // Until it is reaped, a process that has died can still be signalled.
        for count in 0..STORM {
            signal(pid, if count == 0 { first } else { kinds[count % kinds.len()] });
        }
        let mut told = Vec::new();
        for _ in 0..8 {
            told.push(victim.value("writer"));
        }
        // Which of the first signals is delivered first is the kernel's choice: but all are told of the same one.
        let one = &told[0];
        assert!(told.iter().all(|each| each == one), "{told:?}");
        let number =
            *kinds.iter().find(|number| *one == format!("{} Break", event(**number))).expect("one of the events");
        victim.ends().died_by(number);
        check_nothing_is_torn(folder.path());
    }
}

#[test]
fn c26_c4_a_storm_of_cancelled_shutdowns() {
    let folder = tempfile::tempdir().expect("a folder");
    let folder = folder.path();
    let mut victim = Victim::start("storm_cancelled", &[folder.to_str().expect("a name")]);
    victim.ready();
    for count in 0..STORM {
        signal(victim.pid(), if count % 2 == 0 { SIGTERM } else { SIGINT });
    }
    victim.tell("go");
    victim.expect("cancelled some true");
    // What was sent may all have been cancelled by now; this one is not.
    victim.signal(SIGTERM);
    // A writer may still have been told of a shutdown that was cancelled, and left when calm had come.
    for _ in 0..8 {
        let told = victim.value("writer");
        assert!(told.ends_with(" Break"), "{told}");
    }
    let told = victim.value("break");
    let number = if told.starts_with("SigInt") { SIGINT } else { SIGTERM };
    assert!(told.starts_with(&format!("{} Break ", event(number))), "{told}");
    victim.ends().died_by(number);
    check_nothing_is_torn(folder);
}

/// One signal at a moment of its own in each round: on the way into a block, inside, on the way out, between two.
#[test]
fn c3_c4_c17_an_end_at_any_moment_tears_nothing() {
    for round in 0..60_u64 {
        let folder = tempfile::tempdir().expect("a folder");
        let threads = if round % 3 == 0 { "1" } else { "4" };
        let way = if round % 5 == 0 { "request" } else { "signal" };
        let name = folder.path().to_str().expect("a name");
        let mut victim = Victim::start("short_blocks", &[name, threads, way]);
        victim.ready();
        if way == "request" {
            victim.ends().exited(0);
        } else {
            std::thread::sleep(Duration::from_micros(round * 50));
            victim.signal(SIGTERM);
            victim.ends().died_by(SIGTERM);
        }
        check_nothing_is_torn(folder.path());
    }
}
