//! Handlers of the program's own, installed before the library's (its guests) or over them.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::time::Duration;

use shutdown_protection::{ShutdownProtection, cancel_shutdown, configure_shutdown_manager, is_requested};

use crate::os::{install, is_installed, raise};
use crate::report::with_log;
use crate::talk::{LONG, arg, asleep, await_pending, hear_go, patient, say, stuck, tell};
use crate::{DONE, Outcome, scenarios};

scenarios![
    guest_without_a_block,
    guest_in_a_block,
    guest_counts,
    guest_of_another_thread,
    guest_at_the_lapse,
    guest_beside_an_event,
    signal_hook_first,
    installed_over_ours,
    guest_exits,
    logged_replacement,
];

static CALLS: AtomicUsize = AtomicUsize::new(0);

/// The program's own handler. It says whether it runs in the main thread.
extern "C" fn note(_: libc::c_int) {
    CALLS.fetch_add(1, Ordering::SeqCst);
    // SAFETY: neither call takes a pointer, and both may be made in a handler.
    let in_main = unsafe { libc::gettid() == libc::getpid() };
    let line: &[u8] = if in_main { b"guest in main\n" } else { b"guest in a worker\n" };
    // SAFETY: the line is static; `write` may be called in a handler.
    unsafe { libc::write(1, line.as_ptr().cast(), line.len()) };
}

fn with_guest() -> Outcome {
    install(libc::SIGTERM, note);
    patient();
    DONE
}

/// Called at once; the process lives.
fn guest_without_a_block() -> Outcome {
    with_guest()?;
    say!("ready");
    stuck()
}

/// Called at the end of the main thread's block: a drop, a breakpoint, a finish.
fn guest_in_a_block() -> Outcome {
    with_guest()?;
    let guard = ShutdownProtection::start_for(LONG)?;
    say!("ready");
    hear_go();
    say!("requested {}", is_requested());
    let second = ShutdownProtection::start_for(LONG);
    tell("nested start", &second);
    drop(second);
    say!("still protected");
    match arg(1).as_str() {
        "break" => tell("break", &guard.allow_break()),
        "finish" => tell("finish", &guard.finish()),
        _ => drop(guard),
    }
    // The guest may be called a moment later, by a signal that the supervisor sends again.
    while CALLS.load(Ordering::SeqCst) == 0 {
        std::thread::sleep(Duration::from_millis(1));
    }
    tell("new start", &ShutdownProtection::start());
    say!("requested {}", is_requested());
    DONE
}

/// Three events in one block are three calls after it, and no attempts.
fn guest_counts() -> Outcome {
    with_guest()?;
    configure_shutdown_manager().max_attempts(2).apply()?;
    let guard = ShutdownProtection::start_for(LONG)?;
    for _ in 0..3 {
        raise(libc::SIGTERM);
        std::thread::sleep(Duration::from_millis(100));
    }
    say!("in the block {}", CALLS.load(Ordering::SeqCst));
    drop(guard);
    say!("ready");
    stuck()
}

/// Only the main thread's blocks hold a guest back.
fn guest_of_another_thread() -> Outcome {
    with_guest()?;
    std::thread::spawn(|| {
        let guard = ShutdownProtection::start_for(LONG).expect("nothing is pending");
        say!("ready");
        while CALLS.load(Ordering::SeqCst) == 0 {
            std::thread::sleep(Duration::from_millis(1));
        }
        tell("worker", &guard.allow_break());
    });
    stuck()
}

/// The main thread's block lapses while the guest waits for it.
fn guest_at_the_lapse() -> Outcome {
    with_guest()?;
    let _guard = ShutdownProtection::start_for(Duration::from_millis(400))?;
    say!("start {}", crate::os::monotonic_ns());
    say!("ready");
    while CALLS.load(Ordering::SeqCst) == 0 {
        std::thread::sleep(Duration::from_millis(1));
    }
    say!("called {}", crate::os::monotonic_ns());
    stuck()
}

/// `SIGTERM` has a guest, `SIGINT` has none: it is the end as ever.
fn guest_beside_an_event() -> Outcome {
    with_guest()?;
    let guard = ShutdownProtection::start_for(LONG)?;
    say!("ready");
    assert!(shutdown_protection::wait(LONG));
    tell("break", &guard.allow_break());
    drop(guard);
    DONE
}

/// A handler that `signal-hook` keeps is a guest like any other.
fn signal_hook_first() -> Outcome {
    let flag = Arc::new(AtomicBool::new(false));
    signal_hook::flag::register(libc::SIGTERM, Arc::clone(&flag))?;
    patient();
    let guard = ShutdownProtection::start_for(LONG)?;
    raise(libc::SIGTERM);
    std::thread::sleep(Duration::from_millis(200));
    say!("in the block {}", flag.load(Ordering::SeqCst));
    drop(guard);
    while !flag.load(Ordering::SeqCst) {
        std::thread::sleep(Duration::from_millis(1));
    }
    say!("behind the block {}", flag.load(Ordering::SeqCst));
    say!("requested {}", is_requested());
    DONE
}

/// A handler that comes later wins, until the manager is configured again.
fn installed_over_ours() -> Outcome {
    patient();
    install(libc::SIGTERM, note);
    let guard = ShutdownProtection::start_for(LONG)?;
    say!("installed {}", is_installed(libc::SIGTERM, note));
    raise(libc::SIGTERM);
    say!("in the block {}", CALLS.load(Ordering::SeqCst));
    drop(guard);
    configure_shutdown_manager().apply()?;
    say!("installed {}", is_installed(libc::SIGTERM, note));
    let guard = ShutdownProtection::start_for(LONG)?;
    raise(libc::SIGTERM);
    std::thread::sleep(Duration::from_millis(200));
    say!("in the block {}", CALLS.load(Ordering::SeqCst));
    drop(guard);
    while CALLS.load(Ordering::SeqCst) < 2 {
        std::thread::sleep(Duration::from_millis(1));
    }
    say!("requested {}", is_requested());
    DONE
}

/// `_exit` in the handler, as some programs do.
extern "C" fn leave(_: libc::c_int) {
    // SAFETY: takes no pointer, and may be called in a handler.
    unsafe { libc::_exit(42) }
}

fn guest_exits() -> Outcome {
    install(libc::SIGTERM, leave);
    patient();
    let guard = ShutdownProtection::start_for(LONG)?;
    raise(libc::SIGTERM);
    std::thread::sleep(Duration::from_millis(200));
    say!("still protected");
    drop(guard);
    asleep()
}

extern "C" fn theirs(_: libc::c_int) {}

/// Another library takes `SIGTERM` over; what comes then is `SIGINT`, twice.
fn logged_replacement() -> Outcome {
    with_log();
    patient();
    let guard = ShutdownProtection::start_for(LONG)?;
    for round in ["first", "made our guest"] {
        install(libc::SIGTERM, theirs);
        for _ in 0..2 {
            raise(libc::SIGINT);
            await_pending();
            // The test goes on when it has heard the record of this shutdown, and what another would take.
            hear_go();
            assert!(cancel_shutdown().is_ok());
        }
        say!("round {round}");
        configure_shutdown_manager().apply()?;
    }
    drop(guard);
    DONE
}
