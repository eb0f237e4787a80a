//! Handlers, callbacks and settings that call the library back, or are called when it is about to do something else.

use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::thread;
use std::time::Duration;

use shutdown_protection::{
    ShutdownProtection, cancel_shutdown, configure_shutdown_manager, is_requested, open_blocks, restore_handlers, wait,
};

use crate::os::{install, mask, raise};
use crate::talk::{LONG, arg, asleep, await_pending, patient, ready_then_pending, say, stuck, tell};
use crate::{DONE, Outcome, scenarios};

scenarios![
    hang_up_cancelled,
    hang_up_anew,
    chained_guest,
    guest_of_the_first_block,
    captured_value,
    captured_elsewhere,
    c_stdio
];

static CALLS: AtomicUsize = AtomicUsize::new(0);

fn await_calls(count: usize) {
    while CALLS.load(Ordering::SeqCst) < count {
        thread::sleep(Duration::from_millis(1));
    }
}

/// What comes with each `SIGHUP` is a cancellation, of nothing.
fn hang_up_cancelled() -> Outcome {
    patient();
    configure_shutdown_manager()
        .terminate_on_hup(false)
        .before_hup(|| {
            say!("hang-up");
            CALLS.fetch_add(1, Ordering::SeqCst);
        })
        .apply()?;
    let guard = ShutdownProtection::start_for(LONG)?;
    for count in 1..=3 {
        raise(libc::SIGHUP);
        say!("cancelled {:?}", cancel_shutdown().ok());
        await_calls(count);
    }
    ready_then_pending();
    tell("break", &guard.allow_break());
    DONE
}

/// The next `SIGHUP` comes while the callback of a shutdown that was cancelled still runs.
fn hang_up_anew() -> Outcome {
    static GO: AtomicBool = AtomicBool::new(false);
    patient();
    configure_shutdown_manager()
        .before_hup(|| {
            let first = CALLS.fetch_add(1, Ordering::SeqCst) == 0;
            while first && !GO.load(Ordering::SeqCst) {
                thread::sleep(Duration::from_millis(1));
            }
            say!("hang-up requested {}", is_requested());
        })
        .apply()?;
    let guard = ShutdownProtection::start_for(LONG)?;
    raise(libc::SIGHUP);
    await_calls(1);
    say!("cancelled {:?}", cancel_shutdown().ok());
    raise(libc::SIGHUP);
    say!("requested {}", is_requested());
    GO.store(true, Ordering::SeqCst);
    await_pending();
    tell("break", &guard.allow_break());
    DONE
}

/// `signal-hook` comes after us, so it calls our handler after its own; then we make it our guest. The signal finds
/// a thread that is not the main one.
fn chained_guest() -> Outcome {
    drop(ShutdownProtection::start()?);
    // SAFETY: the action only counts, which a handler may do.
    unsafe {
        signal_hook::low_level::register(libc::SIGTERM, || {
            CALLS.fetch_add(1, Ordering::SeqCst);
        })?;
    }
    configure_shutdown_manager().apply()?;
    thread::spawn(|| asleep());
    mask(libc::SIG_BLOCK, libc::SIGTERM);
    say!("ready");
    await_calls(1);
    // Time enough for thousands of calls, if one led to the next.
    thread::sleep(Duration::from_millis(300));
    say!("calls {}", CALLS.load(Ordering::SeqCst));
    say!("requested {}", is_requested());
    DONE
}

extern "C" fn count(_: libc::c_int) {
    CALLS.fetch_add(1, Ordering::SeqCst);
}

/// Two events, each in a block of its own. The first block ends first.
fn guest_of_the_first_block() -> Outcome {
    install(libc::SIGTERM, count);
    patient();
    let first = ShutdownProtection::start_for(LONG)?;
    raise(libc::SIGTERM);
    let second = ShutdownProtection::start_for(LONG)?;
    raise(libc::SIGTERM);
    say!("in both {} requested {}", CALLS.load(Ordering::SeqCst), wait(Duration::from_millis(200)));
    drop(first);
    await_calls(1);
    say!("called in the second");
    drop(second);
    await_calls(2);
    say!("requested {}", is_requested());
    DONE
}

/// A value of the user's that uses the library when it is dropped.
struct Captured;

static DROPPED: AtomicBool = AtomicBool::new(false);

impl Drop for Captured {
    fn drop(&mut self) {
        match arg(1).as_str() {
            "asks" => say!("requested {} blocks {}", is_requested(), open_blocks().len()),
            "restores" => say!("restored {}", restore_handlers().len()),
            "configures" => tell_configured(),
            _ => tell("start", &ShutdownProtection::start()),
        }
        DROPPED.store(true, Ordering::SeqCst);
    }
}

fn tell_configured() {
    say!("configured {}", configure_shutdown_manager().max_attempts(7).apply().is_ok());
}

/// A callback gives way to another, and what it had captured is dropped.
fn captured_value() -> Outcome {
    let captured = Captured;
    configure_shutdown_manager()
        .before_termination(move || {
            let _ = &captured;
        })
        .apply()?;
    configure_shutdown_manager().without_before_termination().apply()?;
    configure_shutdown_manager().max_attempts(9).apply()?;
    while !DROPPED.load(Ordering::SeqCst) {
        thread::sleep(Duration::from_millis(1));
    }
    say!("ready");
    stuck()
}

/// A value of the user's that says when the library's own thread drops it.
struct Capture;

impl Drop for Capture {
    fn drop(&mut self) {
        if thread::current().name() == Some("shutdown-superv") {
            say!("dropped by the supervisor");
        }
    }
}

/// Callbacks are replaced again and again, while reloads keep the supervisor busy.
fn captured_elsewhere() -> Outcome {
    configure_shutdown_manager().terminate_on_hup(false).apply()?;
    let reloads = thread::spawn(|| {
        while !DROPPED.load(Ordering::SeqCst) {
            // SAFETY: takes no pointer.
            unsafe { libc::kill(libc::getpid(), libc::SIGHUP) };
        }
    });
    for _ in 0..20_000 {
        let captured = Capture;
        let callback = move || {
            let _ = &captured;
        };
        configure_shutdown_manager().before_termination(callback).apply()?;
    }
    DROPPED.store(true, Ordering::SeqCst);
    reloads.join().expect("no panic");
    say!("done");
    DONE
}

/// What a C library has printed waits in its buffer until the process exits.
fn c_stdio() -> Outcome {
    let guard = ShutdownProtection::start_for(LONG)?;
    // No end of line: musl writes the first line at once.
    // SAFETY: the text is static, ends with its zero, and asks for no argument.
    assert!(unsafe { libc::printf(c"printed by C".as_ptr()) } >= 0);
    say!("ready");
    await_pending();
    if arg(1) == "break" {
        tell("break", &guard.allow_break());
    } else {
        tell("finish", &guard.finish());
    }
    DONE
}
