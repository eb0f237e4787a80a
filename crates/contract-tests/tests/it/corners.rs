//! C1, C4, C8 and C23 in corners of a program's life.

use crate::harness::{SIGTERM, Victim};

#[test]
fn c4_the_handler_keeps_errno() {
    let mut victim = Victim::start("errno_is_kept", &[]);
    victim.expect("errno kept true");
    victim.expect("break SigTerm Break 1");
    victim.ends().died_by(SIGTERM);
}

#[test]
fn c1_c4_a_signal_to_one_thread_is_an_event_and_does_not_disturb_it() {
    let mut victim = Victim::start("signalled_thread", &[]);
    victim.ready();
    victim.tell("go");
    victim.expect("worker undisturbed, requested true");
    victim.expect("break SigTerm Break 1");
    victim.ends().died_by(SIGTERM);
}

#[test]
fn c8_threads_of_the_library_take_no_signals() {
    let mut victim = Victim::start("own_threads", &[]);
    victim.expect("threads with open signals 0");
    victim.ends().exited(0);
}

#[test]
fn c23_a_program_started_in_a_block_inherits_no_descriptor() {
    let mut victim = Victim::start("started_program", &[]);
    victim.expect("same descriptors true");
    victim.ends().exited(0);
}

#[test]
fn c1_a_daemon_that_closes_all_descriptors_loses_no_event_and_its_files_are_its_own() {
    let folder = tempfile::tempdir().expect("a folder");
    let mut victim = Victim::start("descriptors_closed", &[folder.path().to_str().expect("a name")]);
    // A library that needs a pipe has made a new one by then, or not yet.
    let first = victim.value("first descriptor");
    assert!(first == "3" || cfg!(shutdown_protection_portable), "the first free number is {first}");
    victim.stops_at_its_breakpoint();
    for file in std::fs::read_dir(folder.path()).expect("a folder") {
        let file = file.expect("a file");
        assert_eq!(file.metadata().expect("a file").len(), 0, "{:?} was written to", file.path());
    }
}

/// An arena is more than 1 KB.
#[test]
fn threads_that_end_with_a_guard_leave_no_memory_taken() {
    let mut victim = Victim::start("guards_in_thread_locals", &[]);
    let grown = victim.line();
    let kilobytes = grown.strip_prefix("grown by ").and_then(|rest| rest.strip_suffix(" KB")).unwrap();
    assert!(kilobytes.parse::<u64>().unwrap() < 2000, "{grown}");
    victim.expect("open 0");
    victim.ends().exited(0);
}
