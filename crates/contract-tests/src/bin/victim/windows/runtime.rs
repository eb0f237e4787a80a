//! The C runtime's signals, beside the console's events.

use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::{Duration, Instant};

use contract_tests::windows::console::ConsoleEvent;
use shutdown_protection::{ShutdownProtection, configure_shutdown_manager, is_requested};

use crate::os::{deliver, raise, raise_in_c};
use crate::talk::{LONG, arg, await_pending, hear_go, patient, say, stuck, tell};
use crate::{DONE, Outcome, scenarios};

scenarios![twins, guest_of_the_runtime, guest_without_a_block, guest_exits, raised_in_a_block];

/// One Ctrl-C as a program sees it that has a handler of the C runtime, too: two calls within 50 ms. On a machine so
/// slow that they may lie further apart, it says so.
fn twins() -> Outcome {
    patient();
    configure_shutdown_manager().max_attempts(9).apply()?;
    let guard = ShutdownProtection::start_for(LONG)?;
    let begin = Instant::now();
    if arg(1) == "console first" {
        deliver(ConsoleEvent::C);
        raise_in_c(libc::SIGINT);
    } else {
        raise_in_c(libc::SIGINT);
        deliver(ConsoleEvent::C);
    }
    say!("{}", if begin.elapsed() < Duration::from_millis(45) { "fast" } else { "slow" });
    await_pending();
    tell("break", &guard.allow_break());
    DONE
}

/// Raised by the program itself, through the C runtime.
fn raised_in_a_block() -> Outcome {
    patient();
    let guard = ShutdownProtection::start_for(LONG)?;
    raise_in_c(arg(1).parse()?);
    await_pending();
    tell("break", &guard.allow_break());
    DONE
}

static CALLS: AtomicUsize = AtomicUsize::new(0);

extern "C" fn note(_: libc::c_int) {
    CALLS.fetch_add(1, Ordering::SeqCst);
    say!("guest");
}

/// The program's own handler, installed before the library: C resets it to the default at each call, so it is installed
/// anew by nobody here, and called once.
fn install(handler: extern "C" fn(libc::c_int)) {
    // SAFETY: the handler only writes a line and an atomic, or ends the process.
    let former = unsafe { libc::signal(libc::SIGINT, handler as *const () as libc::sighandler_t) };
    assert_eq!(former, 0, "the default stood before");
}

/// Nobody is interrupted; it is called when the block has ended.
fn guest_of_the_runtime() -> Outcome {
    install(note);
    patient();
    let guard = ShutdownProtection::start_for(LONG)?;
    raise(libc::SIGINT);
    hear_go();
    say!("requested {} calls {}", is_requested(), CALLS.load(Ordering::SeqCst));
    drop(guard);
    stuck()
}

fn guest_without_a_block() -> Outcome {
    install(note);
    patient();
    say!("ready");
    stuck()
}

extern "C" fn exits(_: libc::c_int) {
    std::process::exit(42);
}

fn guest_exits() -> Outcome {
    install(exits);
    patient();
    let guard = ShutdownProtection::start_for(LONG)?;
    raise(libc::SIGINT);
    say!("still protected");
    drop(guard);
    stuck()
}
