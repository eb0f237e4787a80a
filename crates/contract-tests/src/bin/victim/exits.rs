//! Ends that are not the library's: `exit`, panics, exit functions.

use std::future::Future;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::task::{Context, Wake, Waker};
use std::time::Duration;

use shutdown_protection::{ShutdownProtection, configure_shutdown_manager, request_shutdown, requested};

use crate::callbacks::before_termination;
use crate::os::raise;
use crate::talk::{LONG, arg, asleep, await_pending, hear_go, number, patient, ready_then_pending, say, tell};
use crate::{DONE, Outcome, scenarios};

scenarios![
    exit_in_a_block,
    exit_after_the_break,
    exit_from_a_thread,
    exit_from_a_thread_in_its_block,
    panic_in_a_block,
    panic_caught,
    panic_caught_then_hangs,
    exit_functions,
    event_in_an_exit_function,
    block_in_an_exit_function,
    block_behind_a_request_in_an_exit_function,
    block_in_a_late_exit_function,
    told_on_the_way_out,
];

/// `std::process::exit` in the middle of a block, with or without an event before it.
fn exit_in_a_block() -> Outcome {
    patient();
    let guard = ShutdownProtection::start_for(LONG)?;
    if arg(2) == "pending" {
        ready_then_pending();
    }
    let _ = &guard;
    std::process::exit(number(1))
}

/// Was told, and exits with 0 by hand.
fn exit_after_the_break() -> Outcome {
    patient();
    let guard = ShutdownProtection::start_for(LONG)?;
    ready_then_pending();
    tell("break", &guard.allow_break());
    std::process::exit(0)
}

/// A thread without a block exits while the main thread is in one.
fn exit_from_a_thread() -> Outcome {
    patient();
    let guard = ShutdownProtection::start_for(LONG)?;
    std::thread::spawn(|| {
        say!("ready");
        std::process::exit(4)
    });
    while !shutdown_protection::is_requested() {
        std::thread::sleep(Duration::from_millis(1));
    }
    say!("the exit waits");
    hear_go();
    say!("main done");
    drop(guard);
    asleep()
}

/// A thread exits in its own block, for which nobody can wait.
fn exit_from_a_thread_in_its_block() -> Outcome {
    patient();
    std::thread::spawn(|| {
        let guard = ShutdownProtection::start_for(LONG).expect("nothing is pending");
        let _ = &guard;
        std::process::exit(4)
    });
    asleep()
}

fn panic_in_a_block() -> Outcome {
    patient();
    let _guard = ShutdownProtection::start_for(LONG)?;
    if arg(1) == "pending" {
        ready_then_pending();
    }
    panic!("the program's own");
}

fn caught() {
    let result = catch_unwind(AssertUnwindSafe(|| {
        let _guard = ShutdownProtection::start_for(LONG).expect("nothing is pending");
        ready_then_pending();
        panic!("the program's own");
    }));
    say!("caught {}", result.is_err());
}

/// The guard is dropped by a panic, which is caught; the next start meets the shutdown.
fn panic_caught() -> Outcome {
    patient();
    caught();
    tell("start", &ShutdownProtection::start());
    DONE
}

/// The same, but nothing more comes: the block was the last, so its end is the end.
fn panic_caught_then_hangs() -> Outcome {
    configure_shutdown_manager().unwind_time(Duration::from_millis(200)).apply()?;
    caught();
    asleep()
}

pub(crate) fn at_exit(function: extern "C" fn()) {
    // SAFETY: the function stays, and does not unwind.
    assert_eq!(unsafe { libc::atexit(function) }, 0);
}

pub(crate) extern "C" fn early() {
    say!("exit function of before");
}

extern "C" fn late() {
    say!("exit function of after");
}

/// Exit functions that were registered before and after the library's first use.
fn exit_functions() -> Outcome {
    at_exit(early);
    patient();
    at_exit(late);
    let guard = ShutdownProtection::start_for(LONG)?;
    ready_then_pending();
    tell("break", &guard.allow_break());
    DONE
}

extern "C" fn raises() {
    say!("exit function");
    raise(libc::SIGTERM);
    await_pending();
    say!("exit function goes on");
}

/// The event comes when `main` has returned already.
fn event_in_an_exit_function() -> Outcome {
    if arg(1) == "before" {
        at_exit(raises);
    }
    patient();
    if arg(1) == "after" {
        at_exit(raises);
    }
    drop(ShutdownProtection::start_for(LONG)?);
    DONE
}

extern "C" fn protects() {
    let block = ShutdownProtection::start_for(LONG);
    tell("exit function", &block);
}

/// An exit function writes its last things under protection, although a shutdown is pending.
fn block_in_an_exit_function() -> Outcome {
    at_exit(protects);
    patient();
    let guard = ShutdownProtection::start_for(LONG)?;
    ready_then_pending();
    tell("break", &guard.allow_break());
    drop(guard);
    DONE
}

extern "C" fn requests() {
    request_shutdown();
    say!("requested");
}

/// The first exit function asks for a shutdown, so that `before_termination` runs in it; the last one protects.
fn block_behind_a_request_in_an_exit_function() -> Outcome {
    at_exit(protects);
    at_exit(requests);
    before_termination(|| say!("termination"))
}

extern "C" fn protects_late() {
    let block =
        ShutdownProtection::builder().max_exec_time(LONG).run_at_exit(true).start().expect("it starts regardless");
    if arg(1) == "in the exit function" {
        ready_then_pending();
    }
    tell("late exit function", &block.finish());
}

/// The exit function that protects was registered after the first use; another one follows.
fn block_in_a_late_exit_function() -> Outcome {
    at_exit(early);
    patient();
    at_exit(protects_late);
    let guard = ShutdownProtection::start_for(LONG)?;
    if arg(1) == "before" {
        ready_then_pending();
    }
    let _ = guard.finish();
    DONE
}

static WOKEN: AtomicBool = AtomicBool::new(false);

struct Notes;

impl Wake for Notes {
    fn wake(self: Arc<Self>) {
        WOKEN.store(true, Ordering::SeqCst);
    }
}

extern "C" fn awaits_its_waker() {
    say!("woken {}", WOKEN.load(Ordering::SeqCst));
    say!("ready");
    while !WOKEN.load(Ordering::SeqCst) {
        std::thread::sleep(Duration::from_millis(1));
    }
    say!("told");
}

/// A task waits for a request since before `main` returned; the request comes when the exit functions run.
fn told_on_the_way_out() -> Outcome {
    at_exit(awaits_its_waker);
    patient();
    let mut waits = Box::pin(requested());
    let waker = Waker::from(Arc::new(Notes));
    say!("requested {}", waits.as_mut().poll(&mut Context::from_waker(&waker)).is_ready());
    std::mem::forget(waits);
    DONE
}
