//! A program that takes the shutdown back and lives on.

use std::thread;

use shutdown_protection::{
    ShutdownProtection, cancel_shutdown, configure_shutdown_manager, is_requested, open_blocks, protect_async,
    request_shutdown,
};
use smol::future::block_on;

use crate::os::raise_apart;
use crate::talk::{LONG, await_pending, patient, ready_then_pending, say, stuck, tell};
use crate::{DONE, Outcome, scenarios};

scenarios![
    cancels,
    cancels_after_the_end,
    cancels_uninterrupted,
    cancels_nothing,
    attempts_begin_anew,
    cancel_after_attempts,
    cancels_again,
    cancels_after_refusals,
];

fn cancel(place: &str) {
    match cancel_shutdown() {
        Ok(interrupted) => say!("{place} cancelled {interrupted}"),
        Err(error) => say!("{place} refused {}", !error.to_string().is_empty()),
    }
}

/// Interrupted, it cancels, and its block is a block as before; then it meets a second shutdown.
fn cancels() -> Outcome {
    patient();
    configure_shutdown_manager().before_termination(|| say!("termination")).apply()?;
    let guard = ShutdownProtection::start_for(LONG)?;
    ready_then_pending();
    tell("first", &guard.allow_break());
    cancel("main");
    say!("requested {} blocks {}", is_requested(), open_blocks().len());
    tell("calm", &guard.allow_break());
    drop(guard);
    say!("behind the block");
    let guard = ShutdownProtection::start_for(LONG)?;
    ready_then_pending();
    tell("second", &guard.allow_break());
    DONE
}

/// Its block is over and the callback has run, when the program decides to live on. Twice.
fn cancels_after_the_end() -> Outcome {
    patient();
    configure_shutdown_manager().before_termination(|| say!("termination")).apply()?;
    for _ in 0..2 {
        let guard = ShutdownProtection::start_for(LONG)?;
        ready_then_pending();
        tell("break", &guard.allow_break());
        drop(guard);
        cancel("main");
        say!("requested {}", is_requested());
    }
    tell("start", &ShutdownProtection::start());
    DONE
}

/// Nobody had been told yet.
fn cancels_uninterrupted() -> Outcome {
    let guard = ShutdownProtection::start_for(LONG)?;
    ready_then_pending();
    cancel("main");
    tell("calm", &guard.allow_break());
    drop(guard);
    say!("ready");
    stuck()
}

fn cancels_nothing() -> Outcome {
    cancel("before");
    let guard = ShutdownProtection::start_for(LONG)?;
    cancel("inside");
    tell("calm", &guard.allow_break());
    DONE
}

/// Two attempts of three, a cancellation, two more: nothing has reached the maximum.
fn attempts_begin_anew() -> Outcome {
    patient();
    let guard = ShutdownProtection::start_for(LONG)?;
    for round in ["first", "second"] {
        raise_apart(libc::SIGTERM);
        await_pending();
        raise_apart(libc::SIGINT);
        tell(round, &guard.allow_break());
        if round == "first" {
            cancel("main");
        }
    }
    DONE
}

/// After the attempt that ends the process there is no way back.
fn cancel_after_attempts() -> Outcome {
    patient();
    configure_shutdown_manager().max_attempts(1).before_termination(|| cancel("callback")).apply()?;
    let _guard = ShutdownProtection::start_for(LONG)?;
    say!("ready");
    stuck()
}

/// A hundred shutdowns are cancelled; the hundred and first is the end.
fn cancels_again() -> Outcome {
    patient();
    let guard = ShutdownProtection::start_for(LONG)?;
    let mut told = 0;
    for _ in 0..100 {
        request_shutdown();
        assert!(is_requested());
        told += usize::from(guard.allow_break().is_err());
        assert_eq!(cancel_shutdown().ok(), Some(1));
        assert!(guard.allow_break().is_ok());
    }
    say!("told {told}");
    ready_then_pending();
    tell("break", &guard.allow_break());
    DONE
}

/// Five owners of each kind are refused one after another, each thread twice.
fn cancels_after_refusals() -> Outcome {
    patient();
    let _guard = ShutdownProtection::start_for(LONG)?;
    let refused = || {
        for _ in 0..2 {
            assert!(ShutdownProtection::start().is_err());
        }
    };
    request_shutdown();
    (0..5).for_each(|_| thread::spawn(refused).join().expect("refused"));
    cancel("threads");
    request_shutdown();
    // In a thread without a block.
    let futures = || (0..5).for_each(|_| assert!(block_on(protect_async(LONG, async {})).is_err()));
    thread::spawn(futures).join().expect("refused");
    cancel("futures");
    DONE
}
