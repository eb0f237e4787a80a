//! `request_shutdown`.

use shutdown_protection::{ShutdownProtection, is_requested, request_shutdown};

use crate::os::raise_apart;
use crate::talk::{LONG, arg, asleep, await_pending, hear_go, patient, say, stuck, tell};
use crate::{DONE, Outcome, scenarios};

scenarios![requests, requests_in_a_block, requests_elsewhere, requests_and_is_signalled];

/// No block is open: the request is the end, wherever it comes from.
fn requests() -> Outcome {
    patient();
    if arg(1) == "worker" {
        std::thread::spawn(|| {
            request_shutdown();
            asleep()
        });
        asleep();
    }
    if arg(1) == "used" {
        drop(ShutdownProtection::start()?);
    }
    request_shutdown();
    if arg(1) == "unused" {
        asleep();
    }
    say!("behind the request");
    stuck()
}

/// In a block it only makes the shutdown pending.
fn requests_in_a_block() -> Outcome {
    patient();
    let guard = ShutdownProtection::start_for(LONG)?;
    request_shutdown();
    say!("requested {}", is_requested());
    let answer = guard.allow_break();
    tell("break", &answer);
    drop(guard);
    if arg(1) == "err" {
        answer?;
    }
    DONE
}

/// A worker without a block asks while the main thread is in one.
fn requests_elsewhere() -> Outcome {
    patient();
    let guard = ShutdownProtection::start_for(LONG)?;
    std::thread::spawn(|| {
        request_shutdown();
        asleep()
    });
    await_pending();
    say!("ready");
    hear_go();
    say!("undisturbed");
    drop(guard);
    asleep()
}

/// The first event decides the status.
fn requests_and_is_signalled() -> Outcome {
    patient();
    let guard = ShutdownProtection::start_for(LONG)?;
    if arg(1) == "request" {
        request_shutdown();
        raise_apart(libc::SIGTERM);
    } else {
        raise_apart(libc::SIGTERM);
        await_pending();
        request_shutdown();
    }
    tell("break", &guard.allow_break());
    DONE
}
