//! Blocks that run until their deadline, and past it.

use std::time::Duration;

use shutdown_protection::{ShutdownProtection, configure_shutdown_manager};

use crate::os::monotonic_ns;
use crate::talk::{LONG, arg, asleep, await_pending, hear_go, millis, patient, ready_then_pending, say, stuck, tell};
use crate::{DONE, Outcome, scenarios};

scenarios![
    polls_its_deadline,
    handles_its_deadline,
    stuck_in,
    lapsed_first,
    leaked,
    renewed,
    draining,
    stuck_after_its_break,
    unwinds_with_less_time,
];

fn unwind(time: Duration) -> Outcome {
    configure_shutdown_manager().unwind_time(time).apply()?;
    DONE
}

/// Asks for its deadline until it has passed, and then hangs: arguments are the two times.
fn polls_its_deadline() -> Outcome {
    unwind(millis(2))?;
    let start = monotonic_ns();
    let guard = ShutdownProtection::start_for(millis(1))?;
    say!("start {start}");
    ready_then_pending();
    say_lapse(&guard);
    asleep()
}

/// The same, but it leaves its block and returns from `main`.
fn handles_its_deadline() -> Outcome {
    patient();
    let start = monotonic_ns();
    let guard = ShutdownProtection::start_for(millis(1))?;
    say!("start {start}");
    ready_then_pending();
    say_lapse(&guard);
    drop(guard);
    say!("unwinding");
    DONE
}

fn say_lapse(guard: &ShutdownProtection) {
    loop {
        let answer = guard.check_deadline();
        if answer.is_err() {
            say!("lapse {}", monotonic_ns());
            tell("deadline", &answer);
            return;
        }
        std::thread::sleep(Duration::from_millis(1));
    }
}

/// Never looks at its deadline: the thread sleeps, or waits in a system call.
fn stuck_in() -> Outcome {
    unwind(millis(2))?;
    let start = monotonic_ns();
    let _guard = ShutdownProtection::start_for(millis(1))?;
    say!("start {start}");
    ready_then_pending();
    if arg(3) == "sleep" { asleep() } else { stuck() }
}

/// The block has lapsed before any event: it shields nothing.
fn lapsed_first() -> Outcome {
    unwind(Duration::from_millis(100))?;
    let guard = ShutdownProtection::start_for(Duration::from_millis(50))?;
    while !guard.remaining().is_zero() {
        std::thread::sleep(Duration::from_millis(5));
    }
    tell("deadline", &guard.check_deadline());
    if arg(1) == "break" {
        tell("break", &guard.allow_break());
        say!("renewed {}", !guard.remaining().is_zero());
    }
    say!("ready");
    asleep()
}

/// The guard is forgotten; only its deadline bounds it.
fn leaked() -> Outcome {
    unwind(millis(2))?;
    let start = monotonic_ns();
    std::mem::forget(ShutdownProtection::start_for(millis(1))?);
    say!("start {start}");
    ready_then_pending();
    asleep()
}

/// A short block that has been renewed, before the event and again after it, outlives its first deadline.
fn renewed() -> Outcome {
    patient();
    let guard = ShutdownProtection::start_for(Duration::from_millis(1500))?;
    if arg(1) == "before" {
        guard.renew_for(LONG);
    }
    ready_then_pending();
    if arg(1) == "after" {
        guard.renew_for(LONG);
    }
    hear_go();
    tell("deadline", &guard.check_deadline());
    say!("remaining {}", !guard.remaining().is_zero());
    tell("break", &guard.allow_break());
    DONE
}

/// A block for a server: its time begins with the event.
fn draining() -> Outcome {
    unwind(millis(2))?;
    let guard = ShutdownProtection::builder().drain_time(millis(1)).start()?;
    // Longer than its time: nothing has begun.
    std::thread::sleep(millis(1) + Duration::from_millis(100));
    tell("calm", &guard.check_deadline());
    say!("ready");
    await_pending();
    say!("pending");
    say_lapse(&guard);
    asleep()
}

/// Delivered at a breakpoint, and the thread never comes to its end.
fn stuck_after_its_break() -> Outcome {
    unwind(millis(1))?;
    let guard = ShutdownProtection::start_for(LONG)?;
    ready_then_pending();
    let before = monotonic_ns();
    tell("break", &guard.allow_break());
    say!("start {before}");
    drop(guard);
    asleep()
}

/// The time to unwind is changed while it runs, and everything sleeps.
fn unwinds_with_less_time() -> Outcome {
    patient();
    let guard = ShutdownProtection::start_for(LONG)?;
    ready_then_pending();
    tell("break", &guard.allow_break());
    say!("unwinds {}", monotonic_ns());
    drop(guard);
    std::thread::sleep(Duration::from_millis(100));
    unwind(millis(1))?;
    asleep()
}
