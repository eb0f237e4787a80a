//! The library at work in a forked child.

use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use shutdown_protection::{ShutdownProtection, configure_shutdown_manager, is_requested, open_blocks};

use crate::os::{fork, raise, reap};
use crate::talk::{LONG, asleep, await_pending, patient, ready_then_pending, say, tell};
use crate::{DONE, Outcome, scenarios};

scenarios![child_breaks_the_inherited_guard, child_uses_the_library, child_has_deadlines, fork_beside_busy_threads];

/// An inherited guard is inert until its breakpoint, which makes it a block of the child.
fn child_breaks_the_inherited_guard() -> Outcome {
    patient();
    let guard = ShutdownProtection::start_for(LONG)?;
    let child = fork(|| {
        tell("child calm", &guard.allow_break());
        say!("child blocks {}", open_blocks().len());
        raise(libc::SIGTERM);
        await_pending();
        tell("child", &guard.allow_break());
        say!("child unwinds");
        std::process::exit(0)
    });
    say!("child {}", reap(child));
    tell("parent", &guard.allow_break());
    DONE
}

/// A block of the child's own does all that a block does, and the parent's goes on.
fn child_uses_the_library() -> Outcome {
    configure_shutdown_manager().before_termination(|| say!("termination")).apply()?;
    patient();
    let guard = ShutdownProtection::start_for(LONG)?;
    let child = fork(|| {
        let block = ShutdownProtection::start_for(LONG).expect("nothing is pending");
        raise(libc::SIGINT);
        await_pending();
        tell("child", &block.allow_break());
        drop(block);
        std::process::exit(0)
    });
    say!("child {}", reap(child));
    tell("parent", &guard.allow_break());
    drop(guard);
    let guard = ShutdownProtection::start_for(LONG)?;
    ready_then_pending();
    tell("parent", &guard.allow_break());
    DONE
}

/// Deadline and hard stage work in a child: it is ended although it is stuck.
fn child_has_deadlines() -> Outcome {
    configure_shutdown_manager().unwind_time(Duration::from_millis(100)).apply()?;
    let _guard = ShutdownProtection::start_for(LONG)?;
    let child = fork(|| {
        let _block = ShutdownProtection::start_for(Duration::from_millis(200)).expect("nothing is pending");
        raise(libc::SIGQUIT);
        asleep()
    });
    say!("child {}", reap(child));
    say!("parent requested {}", is_requested());
    DONE
}

static STOP: AtomicBool = AtomicBool::new(false);

/// Fifty forks while four threads open, renew and end blocks as fast as they can: no lock that one of them held
/// stops a child.
fn fork_beside_busy_threads() -> Outcome {
    patient();
    let threads: Vec<_> = (0..4)
        .map(|_| {
            std::thread::spawn(|| {
                while !STOP.load(Ordering::Relaxed) {
                    let outer = ShutdownProtection::start_for(LONG).expect("nothing is pending");
                    let inner = ShutdownProtection::builder().name("inner").start().expect("nothing is pending");
                    inner.renew();
                    assert!(outer.allow_break().is_ok());
                    assert!(!open_blocks().is_empty());
                }
            })
        })
        .collect();
    let mut ends = Vec::new();
    for number in 0..50 {
        let child = fork(|| {
            let block = ShutdownProtection::start_for(LONG).expect("nothing is pending");
            assert_eq!(open_blocks().len(), 1);
            if number % 2 == 0 {
                drop(block);
                return 0;
            }
            raise(libc::SIGTERM);
            await_pending();
            drop(block);
            asleep()
        });
        ends.push(reap(child));
    }
    STOP.store(true, Ordering::Relaxed);
    for thread in threads {
        thread.join().expect("no panic");
    }
    let count = |wanted: &str| ends.iter().filter(|end| *end == wanted).count();
    say!("calm {} signalled {}", count("exit 0"), count("signal 15"));
    say!("requested {}", is_requested());
    DONE
}
