//! The double fork of a daemon, which leaves the process that configured the library behind.

use std::process::ExitCode;

use shutdown_protection::{ShutdownProtection, configure_shutdown_manager, is_requested};

use crate::os::{fork, say_pid};
use crate::talk::{LONG, arg, patient, ready_then_pending, say, stuck, tell};
use crate::{Outcome, scenarios};

scenarios![daemonise, pid_one, pid_one_killed, pid_one_plain];

/// Configures, forks, leaves; the child makes a session and forks again; the grandchild is the daemon.
fn daemonise() -> Outcome {
    patient();
    let used = arg(1) == "used";
    if used {
        drop(ShutdownProtection::start()?);
    }
    fork(|| {
        // SAFETY: takes no pointer.
        assert_ne!(unsafe { libc::setsid() }, -1);
        fork(|| {
            serve();
            // Like the end of `main`, which a forked closure cannot return to.
            std::process::exit(0)
        });
        0
    });
    // SAFETY: takes no pointer. A daemon's starter leaves without its exit functions.
    unsafe { libc::_exit(0) }
}

fn serve() {
    say_pid();
    let guard = ShutdownProtection::start_for(LONG).expect("nothing is pending");
    say!("daemon requested {}", is_requested());
    ready_then_pending();
    tell("daemon", &guard.allow_break());
}

/// Runs as PID 1 of its namespace, where the kernel delivers no signal with the default action.
fn pid_one() -> Outcome {
    patient();
    say_pid();
    say!("own pid {}", std::process::id());
    let guard = ShutdownProtection::start_for(LONG)?;
    ready_then_pending();
    let answer = guard.allow_break();
    tell("break", &answer);
    drop(guard);
    Ok(ExitCode::from(u8::from(answer.is_err())))
}

/// Without a block.
fn pid_one_plain() -> Outcome {
    say_pid();
    configure_shutdown_manager().apply()?;
    say!("ready");
    stuck()
}

/// By the hard stage, and by attempts.
fn pid_one_killed() -> Outcome {
    say_pid();
    let attempts = arg(1) == "attempts";
    configure_shutdown_manager()
        .max_attempts(if attempts { 1 } else { 3 })
        .unwind_time(std::time::Duration::from_millis(100))
        .apply()?;
    let time = if attempts { LONG } else { std::time::Duration::from_millis(200) };
    let _guard = ShutdownProtection::start_for(time)?;
    say!("ready");
    stuck()
}
