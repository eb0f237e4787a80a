//! Arguments that are out of range, and the largest that are not.

use std::panic::catch_unwind;
use std::time::Duration;

use shutdown_protection::{
    Configuration, ExitStatus, Interrupted, ProtectionBuilder, ShutdownProtection, configure_shutdown_manager, future,
    protect, protect_async,
};

use crate::os::MAX_EXEC_TIME;
use crate::talk::{LONG, arg, patient, ready_then_pending, say, tell};
use crate::{DONE, Outcome, scenarios};

scenarios![zero, refused_configuration, refused_changes_nothing, saturated, defaults, lasting];

/// A zero duration panics; the panic's text goes to stderr, where the test reads it.
fn zero() -> Outcome {
    let way = arg(1);
    let result = catch_unwind(|| match way.as_str() {
        "start_for" => drop(ShutdownProtection::start_for(Duration::ZERO)),
        "renew_for" => {
            let guard = ShutdownProtection::start_for(LONG).expect("nothing is pending");
            guard.renew_for(Duration::ZERO);
        }
        "max_exec_time" => drop(ShutdownProtection::builder().max_exec_time(Duration::ZERO)),
        "drain_time" => drop(ShutdownProtection::builder().drain_time(Duration::ZERO)),
        "from" => drop(ProtectionBuilder::from(Duration::ZERO)),
        "protect" => drop(protect(Duration::ZERO, |_| Ok::<(), Interrupted>(()))),
        "protect_async" => drop(protect_async(Duration::ZERO, async {})),
        "future::renew_for" => future::renew_for(Duration::ZERO),
        "future::renew_for, inside" => {
            let _ = smol::block_on(protect_async(LONG, async { future::renew_for(Duration::ZERO) }));
        }
        other => panic!("no way is called {other:?}"),
    });
    say!("panicked {}", result.is_err());
    DONE
}

fn bad(configuration: Configuration, which: &str) -> Configuration {
    match which {
        "max_exec_time" => configuration.max_exec_time(Duration::ZERO),
        "unwind_time" => configuration.unwind_time(Duration::ZERO),
        "max_attempts" => configuration.max_attempts(0),
        "256" => configuration.exit_status(ExitStatus::Code(256)),
        "-1" => configuration.exit_status(ExitStatus::Code(-1)),
        other => panic!("no argument is called {other:?}"),
    }
}

/// Says the error.
fn refused_configuration() -> Outcome {
    let error = bad(configure_shutdown_manager(), &arg(1)).apply().expect_err("out of range");
    say!("argument {} install {}", error.is_invalid_argument(), error.is_install());
    say!("message {error}");
    DONE
}

/// The good arguments beside the bad one are not taken either.
fn refused_changes_nothing() -> Outcome {
    patient();
    let mixed = configure_shutdown_manager()
        .max_attempts(1)
        .before_termination(|| say!("termination"))
        .exit_status(ExitStatus::Code(9));
    say!("refused {}", bad(mixed, &arg(1)).apply().is_err());
    let guard = ShutdownProtection::start_for(LONG)?;
    ready_then_pending();
    tell("break", &guard.allow_break());
    DONE
}

/// Durations beyond the clock's range are as long as the clock allows.
fn saturated() -> Outcome {
    configure_shutdown_manager()
        .max_exec_time(Duration::MAX)
        .unwind_time(Duration::MAX)
        .max_attempts(u32::MAX)
        .apply()?;
    let first = ShutdownProtection::start_for(Duration::MAX)?;
    let second = ShutdownProtection::start()?;
    let third = ShutdownProtection::builder().drain_time(Duration::MAX).start()?;
    second.renew_for(Duration::MAX);
    second.renew();
    for guard in [&first, &second] {
        say!("long {}", guard.remaining() > Duration::from_secs(3600));
    }
    ready_then_pending();
    for guard in [&third, &second, &first] {
        tell("deadline", &guard.check_deadline());
    }
    drop(third);
    drop(second);
    tell("break", &first.allow_break());
    DONE
}

fn defaults() -> Outcome {
    let guard = ShutdownProtection::start()?;
    let left = guard.remaining();
    say!("default {}", left > MAX_EXEC_TIME / 2 && left < MAX_EXEC_TIME + Duration::from_millis(500));
    drop(guard);
    configure_shutdown_manager().max_exec_time(Duration::from_secs(1000)).apply()?;
    let guard = ShutdownProtection::start()?;
    let left = guard.remaining();
    say!("configured {}", left > Duration::from_secs(900) && left < Duration::from_secs(1001));
    DONE
}

/// A configuration keeps what it does not name.
fn lasting() -> Outcome {
    configure_shutdown_manager().before_termination(|| say!("termination")).apply()?;
    configure_shutdown_manager().max_attempts(5).apply()?;
    patient();
    let guard = ShutdownProtection::start_for(LONG)?;
    ready_then_pending();
    tell("break", &guard.allow_break());
    DONE
}
