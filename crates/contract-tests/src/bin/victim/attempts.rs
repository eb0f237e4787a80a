//! What counts as an attempt, and what the attempt that reaches the maximum does.

use std::time::{Duration, Instant};

use shutdown_protection::{ExitStatus, ShutdownProtection, configure_shutdown_manager, request_shutdown};

use crate::os::{raise, raise_apart, raise_in_c};
use crate::talk::{LONG, arg, await_pending, number, patient, ready_then_pending, say, stuck, tell};
use crate::{DONE, Outcome, scenarios};

scenarios![counted, merged, window, in_a_block, after_the_break, stuck_without_a_block, coded];

fn limit(max_attempts: u32) -> Outcome {
    patient();
    configure_shutdown_manager().max_attempts(max_attempts).apply()?;
    DONE
}

/// Raises the signals (`2,15,...`) in a block, far enough apart, and then breaks.
fn counted() -> Outcome {
    limit(number(1))?;
    let guard = ShutdownProtection::start_for(LONG)?;
    for signal in arg(2).split(',') {
        if signal == "request" {
            request_shutdown();
        } else {
            raise_apart(signal.parse()?);
        }
    }
    say!("raised");
    if arg(3) == "stuck" {
        stuck();
    }
    await_pending();
    tell("break", &guard.allow_break());
    DONE
}

/// Raises the signals at once. On a machine so slow that they may lie further apart than 50 ms, it says so.
fn merged() -> Outcome {
    limit(9)?;
    let guard = ShutdownProtection::start_for(LONG)?;
    let begin = Instant::now();
    for signal in arg(1).split(',') {
        raise(signal.parse()?);
    }
    say!("{}", if begin.elapsed() < Duration::from_millis(45) { "fast" } else { "slow" });
    await_pending();
    tell("break", &guard.allow_break());
    DONE
}

/// Three signals, 30 ms apart: the time counts from the first, so the third is an attempt and the second is not. Raised as
/// cheaply as can be, since three threads of a console may take all that time.
fn window() -> Outcome {
    limit(9)?;
    let guard = ShutdownProtection::start_for(LONG)?;
    let begin = Instant::now();
    raise_in_c(libc::SIGINT);
    std::thread::sleep(Duration::from_millis(30));
    raise_in_c(libc::SIGINT);
    let second = begin.elapsed();
    std::thread::sleep(Duration::from_millis(30));
    raise_in_c(libc::SIGINT);
    let fast = second < Duration::from_millis(45) && begin.elapsed() < Duration::from_millis(95);
    say!("{}", if fast { "fast" } else { "slow" });
    await_pending();
    if let Err(interrupted) = guard.allow_break() {
        say!("break after {} attempts", interrupted.attempts());
    }
    DONE
}

/// Holds a block for as long as the process lives.
fn in_a_block() -> Outcome {
    if arg(1) != "default" {
        limit(number(1))?;
    }
    let guard = ShutdownProtection::start_for(LONG)?;
    ready_then_pending();
    let _ = &guard;
    stuck()
}

/// Is delivered to, leaves its block, and meets more events while it unwinds.
fn after_the_break() -> Outcome {
    patient();
    let guard = ShutdownProtection::start_for(LONG)?;
    ready_then_pending();
    tell("break", &guard.allow_break());
    drop(guard);
    raise_apart(libc::SIGINT);
    say!("unwinding");
    if arg(1) == "third" {
        raise_apart(libc::SIGINT);
        stuck();
    }
    DONE
}

/// A callback that never ends: only the attempts end this process.
fn stuck_without_a_block() -> Outcome {
    patient();
    configure_shutdown_manager()
        .before_termination(|| {
            say!("callback");
            crate::talk::asleep()
        })
        .apply()?;
    say!("ready");
    stuck()
}

/// The process ends with a code in each of the ways that a signal ends it in.
fn coded() -> Outcome {
    configure_shutdown_manager()
        .exit_status(ExitStatus::Code(number(1)))
        .unwind_time(Duration::from_millis(100))
        .apply()?;
    let place = arg(2);
    if place == "nowhere" {
        say!("ready");
        stuck();
    }
    let time = if place == "lapsed" { Duration::from_millis(200) } else { LONG };
    let guard = ShutdownProtection::start_for(time)?;
    ready_then_pending();
    match place.as_str() {
        "break" => {
            patient();
            tell("break", &guard.allow_break());
            return DONE;
        }
        "drop" => drop(guard),
        _ => {}
    }
    stuck()
}
