//! There are no more threads: `threads shim | limit | pending | outside`.

use std::panic::catch_unwind;
use std::process::ExitCode;

use prove_common::Result;
use prove_common::system::limit;
use prove_common::talk::{LONG, arg, asleep, patient, say};
use shutdown_protection::{ShutdownProtection, configure_shutdown_manager};

use super::{fault, message, panic_quietly, ready_then_break};

pub(super) fn run() -> Result<ExitCode> {
    match arg(0).as_str() {
        "pending" => pending(),
        "outside" => outside(),
        way => refused(way),
    }
}

/// At the first block; and then there are threads again.
fn refused(way: &str) -> Result<ExitCode> {
    forbid(way)?;
    panic_quietly();
    let refused = configure_shutdown_manager().apply().expect_err("there is no thread");
    assert!(refused.is_install(), "{refused}");
    let panic = catch_unwind(|| drop(ShutdownProtection::start_for(LONG))).expect_err("there is no thread");
    assert!(message(&*panic).contains("could not be installed"), "{}", message(&*panic));
    say(&format!("refused {refused}"));
    say(if is_default() { "handler default" } else { "handler installed" });
    match way {
        "shim" => fault(c"fault_threads", -1),
        _ => limit(libc::RLIMIT_NPROC, u64::MAX)?,
    }
    patient();
    let block = ShutdownProtection::start_for(LONG)?;
    say("works again");
    ready_then_break(&block);
    drop(block);
    Ok(ExitCode::SUCCESS)
}

fn forbid(way: &str) -> Result {
    if way == "shim" {
        fault(c"fault_threads", 0);
        return Ok(());
    }
    // No limit holds for root; and whose processes are counted is this user's.
    // SAFETY: these calls take no pointer.
    unsafe {
        if libc::geteuid() == 0 && (libc::setgid(65_534) != 0 || libc::setuid(65_534) != 0) {
            return Err("this is root, and cannot be another user".into());
        }
    }
    Ok(limit(libc::RLIMIT_NPROC, 0)?)
}

fn is_default() -> bool {
    // SAFETY: asks only; the structure is ours.
    unsafe {
        let mut action: libc::sigaction = std::mem::zeroed();
        libc::sigaction(libc::SIGTERM, std::ptr::null(), &raw mut action) == 0 && action.sa_sigaction == libc::SIG_DFL
    }
}

/// In a block; the callback runs where the process ends.
fn pending() -> Result<ExitCode> {
    patient();
    configure_shutdown_manager().before_termination(|| say("callback")).apply()?;
    let block = ShutdownProtection::start_for(LONG)?;
    fault(c"fault_threads", 0);
    ready_then_break(&block);
    drop(block);
    Ok(ExitCode::SUCCESS)
}

/// With no block, both callbacks would run in a thread of their own.
fn outside() -> Result<ExitCode> {
    let say = |text| move || say(text);
    configure_shutdown_manager().before_termination(say("termination")).before_hup(say("hup")).apply()?;
    fault(c"fault_threads", 0);
    prove_common::talk::say("ready");
    asleep()
}
