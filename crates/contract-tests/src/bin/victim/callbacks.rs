//! `before_termination` and `before_hup`.

use std::time::Duration;

use shutdown_protection::{
    ShutdownProtection, configure_shutdown_manager, is_requested, open_blocks, request_shutdown,
};

use crate::talk::{LONG, arg, asleep, await_pending, patient, ready_then_pending, say, stuck, tell};
use crate::{DONE, Outcome, scenarios};

scenarios![
    termination_at,
    termination_panics,
    termination_panics_with_what_panics,
    termination_opens_a_block,
    termination_requests,
    termination_removed,
    termination_on_a_worker
];

pub(crate) fn before_termination(callback: impl Fn() + Send + Sync + 'static) -> Outcome {
    patient();
    configure_shutdown_manager().before_termination(callback).apply()?;
    DONE
}

/// Ends the process at the place of the argument, with a callback that says so.
fn termination_at() -> Outcome {
    before_termination(|| say!("termination"))?;
    let place = arg(1);
    match place.as_str() {
        "nowhere" => {
            say!("ready");
            stuck();
        }
        "request" => {
            say!("ready");
            request_shutdown();
            stuck();
        }
        "attempts" => configure_shutdown_manager().max_attempts(1).apply()?,
        "lapse" => configure_shutdown_manager().unwind_time(Duration::from_millis(100)).apply()?,
        _ => {}
    }
    let time = if place == "lapse" { Duration::from_millis(300) } else { LONG };
    let guard = ShutdownProtection::start_for(time)?;
    if place == "calm" {
        return DONE;
    }
    say!("ready");
    match place.as_str() {
        "lapse" => asleep(),
        "attempts" => stuck(),
        _ => {}
    }
    await_pending();
    say!("pending");
    match place.as_str() {
        "break" => {
            tell("break", &guard.allow_break());
            tell("again", &guard.allow_break());
        }
        "finish" => tell("finish", &guard.finish()),
        "drop" => drop(guard),
        other => panic!("no place is called {other:?}"),
    }
    DONE
}

fn termination_panics() -> Outcome {
    before_termination(|| panic!("the callback's own"))?;
    if arg(1) == "nowhere" {
        say!("ready");
        stuck();
    }
    let guard = ShutdownProtection::start_for(LONG)?;
    ready_then_pending();
    tell("break", &guard.allow_break());
    DONE
}

/// Whoever drops it meets a panic.
pub(crate) struct PanicsInDrop;

impl Drop for PanicsInDrop {
    fn drop(&mut self) {
        panic!("the destructor's own");
    }
}

/// Who logs the callback's panic has to drop what it panicked with.
fn termination_panics_with_what_panics() -> Outcome {
    before_termination(|| std::panic::panic_any(PanicsInDrop))?;
    if arg(1) == "nowhere" {
        say!("ready");
        stuck();
    }
    let guard = ShutdownProtection::start_for(LONG)?;
    ready_then_pending();
    drop(guard);
    say!("the drop that ends the process came back");
    stuck()
}

/// The callback protects its own work, as any other code may.
fn termination_opens_a_block() -> Outcome {
    before_termination(|| {
        let block = ShutdownProtection::start_for(LONG);
        tell("start in the callback", &block);
        drop(block);
        say!("end of the callback");
    })?;
    if arg(1) == "nowhere" {
        say!("ready");
        stuck();
    }
    let guard = ShutdownProtection::start_for(LONG)?;
    ready_then_pending();
    if arg(1) == "drop" {
        drop(guard);
        stuck();
    }
    tell("break", &guard.allow_break());
    DONE
}

/// The callback asks for what is happening already.
fn termination_requests() -> Outcome {
    before_termination(|| {
        say!("pending {} blocks {}", is_requested(), open_blocks().len());
        request_shutdown();
        say!("end of the callback");
    })?;
    say!("ready");
    stuck()
}

fn termination_removed() -> Outcome {
    before_termination(|| say!("termination"))?;
    configure_shutdown_manager().without_before_termination().apply()?;
    say!("ready");
    stuck()
}

/// The last block of the process belongs to a worker, whose drop ends it.
fn termination_on_a_worker() -> Outcome {
    before_termination(|| {
        say!("termination on {}", std::thread::current().name().unwrap_or("?"));
    })?;
    std::thread::Builder::new().name("worker".to_owned()).spawn(|| {
        let guard = ShutdownProtection::start_for(LONG).expect("nothing is pending");
        ready_then_pending();
        drop(guard);
        asleep()
    })?;
    asleep()
}
