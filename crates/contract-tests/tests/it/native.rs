//! C6, C8, C19, C25, C30 and C31 as far as only the kernel can tell: dispositions, masks, threads, core files.

use std::os::unix::process::{CommandExt, ExitStatusExt};
use std::path::Path;

use crate::harness::{Ending, SIGHUP, SIGINT, SIGQUIT, SIGTERM, Victim};

#[test]
fn c8_loading_the_library_changes_nothing() {
    let mut victim = Victim::start("loaded", &[]);
    victim.expect("cancelled Some(0)");
    victim.expect("pending false blocks 0");
    for signal in [SIGINT, SIGTERM, SIGQUIT, SIGHUP] {
        victim.expect(&format!("signal {signal} default"));
    }
    victim.expect("threads 1");
    victim.ends().exited(0);
}

#[test]
fn c25_an_idle_process_does_no_work_for_us() {
    let mut victim = Victim::start("idle", &[]);
    victim.expect("lapsed true");
    victim.expect("switches 0");
    victim.ends().exited(0);
}

#[test]
fn c19_sigquit_leaves_no_core_file() {
    let folder = tempfile::tempdir().expect("a folder");
    for args in [["configured", ""], ["core_dump", "false"]] {
        quit_with_cores_allowed(folder.path(), args).died_by(SIGQUIT);
        let left = std::fs::read_dir(folder.path()).expect("a folder").count();
        assert_eq!(left, 0, "{args:?} left a file");
    }
}

/// Whether the kernel writes a core file depends on the machine; so the process without the library tells.
#[test]
fn c19_core_dump_leaves_what_the_system_would_leave() {
    let folder = tempfile::tempdir().expect("a folder");
    let native = quit_with_cores_allowed(folder.path(), ["without_library", ""]).status();
    let ours = quit_with_cores_allowed(folder.path(), ["core_dump", "true"]).status();
    assert_eq!(ours.signal(), Some(SIGQUIT));
    assert_eq!(ours.core_dumped(), native.core_dumped());
}

fn quit_with_cores_allowed(folder: &Path, [scenario, arg]: [&str; 2]) -> Ending {
    let mut command = Victim::command(scenario, &[arg]);
    command.current_dir(folder);
    // SAFETY: `setrlimit` is a plain system call.
    unsafe {
        command.pre_exec(|| {
            let most = libc::rlimit { rlim_cur: libc::RLIM_INFINITY, rlim_max: libc::RLIM_INFINITY };
            // Refused to a user whose hard limit is lower: then nobody dumps, which is compared all the same.
            libc::setrlimit(libc::RLIMIT_CORE, &raw const most);
            Ok(())
        });
    }
    let mut victim = Victim::spawn(command);
    victim.ready();
    victim.signal(SIGQUIT);
    victim.ends()
}

#[test]
fn c19_a_blocked_signal_in_the_ending_thread_does_not_change_the_status() {
    let mut victim = Victim::start("masked_worker_drops_last", &[]);
    victim.ready();
    victim.signal(SIGTERM);
    victim.expect("pending");
    victim.ends().died_by(SIGTERM);
}

#[test]
fn c6_c31_what_no_handler_rings_for_wakes_who_waits() {
    let mut victim = Victim::start("waits_asleep", &["request"]);
    victim.expect("woken true");
    victim.expect("break Request Break 0");
    victim.ends().exited(0);

    let mut victim = Victim::start("waits_asleep", &["hangup"]);
    victim.expect("woken true");
    victim.expect("break SigHup Break 1");
    victim.ends().died_by(SIGHUP);
}

/// A status has eight bits here.
#[test]
fn c30_an_exit_status_is_from_0_to_255() {
    for code in ["256", "-1"] {
        let mut victim = Victim::start("refused_configuration", &[code]);
        victim.expect("argument true install false");
        let message = victim.value("message");
        assert!(message.contains("exit_status") && message.contains(code), "{message:?}");
        victim.ends().exited(0);

        let mut victim = Victim::start("refused_changes_nothing", &[code]);
        victim.expect("refused true");
        victim.stops_at_its_breakpoint();
    }
}

#[test]
fn c30_c8_a_bad_configuration_installs_nothing() {
    let mut victim = Victim::start("refused_installs_nothing", &[]);
    victim.expect("handler default");
    victim.ends().exited(0);
}

#[test]
fn c19_c20_an_event_at_the_very_end_of_the_exit_does_not_change_the_status() {
    let mut victim = Victim::start("told_again_at_the_very_end", &[]);
    victim.ready();
    victim.signal(SIGTERM);
    victim.expect("pending");
    victim.expect("break SigTerm Break 1");
    victim.ends().died_by(SIGTERM);
}
