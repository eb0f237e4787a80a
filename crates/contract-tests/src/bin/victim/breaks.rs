//! The end of a block: a breakpoint, a normal end, an error of its own, a drop.

use std::error::Error;
use std::fmt;
use std::process::ExitCode;
use std::time::{Duration, Instant};

use shutdown_protection::{Interrupted, ShutdownProtection, configure_shutdown_manager, protect};

use crate::os::raise;
use crate::talk::{LONG, arg, asleep, await_pending, hear_go, number, patient, ready_then_pending, say, stuck, tell};
use crate::{DONE, Outcome, scenarios};

scenarios![
    at_a_breakpoint,
    undisturbed,
    swallowed,
    renewal,
    end_in_drop,
    end_in_drop_at_once,
    drop_while_calm,
    finish,
    protect_value,
    protect_own_error,
    own_error_then_start,
    rollback,
];

/// Meets the event at its breakpoint; `main` returns the error or not.
fn at_a_breakpoint() -> Outcome {
    patient();
    let guard = ShutdownProtection::start_for(LONG)?;
    ready_then_pending();
    let answer = guard.allow_break();
    tell("break", &answer);
    drop(guard);
    say!("unwinding");
    if arg(1) == "err" {
        answer?;
    }
    DONE
}

/// Runs on in its block for as long as the test wants.
fn undisturbed() -> Outcome {
    let guard = ShutdownProtection::start_for(LONG)?;
    ready_then_pending();
    let _ = &guard;
    stuck()
}

/// Swallows the interrupt twice.
fn swallowed() -> Outcome {
    patient();
    let guard = ShutdownProtection::start_for(LONG)?;
    ready_then_pending();
    tell("first", &guard.allow_break());
    tell("second", &guard.allow_break_without_renewal());
    tell("end", &guard.finish());
    DONE
}

fn renewal() -> Outcome {
    let guard = ShutdownProtection::start_for(LONG)?;
    std::thread::sleep(Duration::from_millis(400));
    let old = guard.remaining();
    tell("without", &guard.allow_break_without_renewal());
    say!("without renews {}", guard.remaining() > old);
    tell("with", &guard.allow_break());
    say!("with renews {}", guard.remaining() > old);
    DONE
}

/// Nobody interrupts this guard: its drop is the end of the process.
fn end_in_drop() -> Outcome {
    let guard = ShutdownProtection::start_for(LONG)?;
    ready_then_pending();
    drop(guard);
    say!("behind the block");
    stuck()
}

/// The drop follows the event, or the end of a wait for it, after a moment (argument: microseconds): it may meet the supervisor at its first look.
fn end_in_drop_at_once() -> Outcome {
    patient();
    let moment = Duration::from_micros(number(1));
    let guard = ShutdownProtection::start_for(LONG)?;
    raise(libc::SIGTERM);
    if arg(2) == "wait" {
        await_pending();
    }
    let begin = Instant::now();
    while begin.elapsed() < moment {
        std::hint::spin_loop();
    }
    drop(guard);
    stuck()
}

fn drop_while_calm() -> Outcome {
    for name in ["first", "second"] {
        let guard = ShutdownProtection::start_for(LONG)?;
        drop(guard);
        say!("behind the {name} block");
    }
    DONE
}

fn finish() -> Outcome {
    patient();
    let guard = ShutdownProtection::start_for(LONG)?;
    if arg(1) == "pending" {
        ready_then_pending();
    }
    tell("end", &guard.finish());
    DONE
}

fn protect_value() -> Outcome {
    patient();
    let answer: Result<u32, Interrupted> = protect(LONG, |_| {
        if arg(1) == "pending" {
            ready_then_pending();
        }
        Ok(7)
    });
    tell("end", &answer);
    if let Ok(value) = answer {
        say!("value {value}");
    }
    DONE
}

/// What the scenarios' own work may fail with.
#[derive(Debug)]
pub(crate) enum Failure {
    Own,
    Shutdown(Interrupted),
}

impl fmt::Display for Failure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Own => f.write_str("an error of its own"),
            Self::Shutdown(interrupted) => write!(f, "{interrupted}"),
        }
    }
}

impl Error for Failure {}

impl From<Interrupted> for Failure {
    fn from(interrupted: Interrupted) -> Self {
        Self::Shutdown(interrupted)
    }
}

fn own_error() -> Result<(), Failure> {
    patient();
    protect(LONG, |_| {
        ready_then_pending();
        Err(Failure::Own)
    })
}

/// Fails by itself while a shutdown is pending; the program returns that, or a code of its own.
fn protect_own_error() -> Outcome {
    let answer = own_error();
    match (&answer, arg(1).as_str()) {
        (Err(Failure::Own), "code") => return Ok(ExitCode::from(3)),
        (Err(Failure::Own), _) => say!("its own error"),
        other => say!("wrong {other:?}"),
    }
    answer?;
    DONE
}

/// Survives its own error and meets the shutdown at the next start.
fn own_error_then_start() -> Outcome {
    say!("own {}", matches!(own_error(), Err(Failure::Own)));
    tell("start", &ShutdownProtection::start());
    DONE
}

/// Rolls back under its interrupted guard for longer than `unwind_time`.
fn rollback() -> Outcome {
    configure_shutdown_manager().unwind_time(Duration::from_millis(100)).apply()?;
    let guard = ShutdownProtection::start_for(LONG)?;
    ready_then_pending();
    tell("break", &guard.allow_break());
    hear_go();
    say!("rolled back");
    drop(guard);
    asleep()
}
