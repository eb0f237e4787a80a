//! Futures whose time changes under them, and children forked from where the library is at work.

use std::future::pending;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread;
use std::time::Duration;

use shutdown_protection::{
    Interrupted, ShutdownProtection, cancel_shutdown, configure_shutdown_manager, future, protect_async,
};

use crate::os::{fork, raise, reap};
use crate::races::await_sleep_of_main;
use crate::runtimes::{event, run, sleep};
use crate::talk::{LONG, arg, asleep, await_pending, patient, say, stuck, tell};
use crate::{DONE, Outcome, scenarios};

scenarios![
    task_inner_has_time,
    task_renewed_to_sooner,
    task_rolls_back,
    forked_in_the_callback,
    forked_beside_main,
    exit_in_a_future,
    exit_in_the_callback
];

struct SaysItsDrop(&'static str);

impl Drop for SaysItsDrop {
    fn drop(&mut self) {
        say!("{} dropped", self.0);
    }
}

/// The outer future's time is up while the inner one has time left.
fn task_inner_has_time() -> Outcome {
    patient();
    let answer: Result<(), Interrupted> = run(protect_async(Duration::from_millis(500), async {
        let _outer = SaysItsDrop("outer");
        let inner = protect_async(LONG, async {
            let _inner = SaysItsDrop("inner");
            event().await;
            sleep(Duration::from_secs(1)).await;
            say!("inner done");
        })
        .await;
        tell("inner", &inner);
        pending::<()>().await;
    }));
    tell("task", &answer);
    DONE
}

/// The future gives itself less time than it had, in the first shutdown or in one after a cancelled one.
fn task_renewed_to_sooner() -> Outcome {
    patient();
    let answer: Result<(), Interrupted> = run(protect_async(LONG, async {
        let _witness = SaysItsDrop("future");
        event().await;
        if arg(2) == "cancelled" {
            // Time for the supervisor to note the old deadline.
            sleep(Duration::from_millis(100)).await;
            say!("cancelled {:?}", cancel_shutdown().ok());
            future::renew_for(Duration::from_millis(200));
            raise(libc::SIGTERM);
        } else {
            sleep(Duration::from_millis(100)).await;
            future::renew_for(Duration::from_millis(200));
        }
        pending::<()>().await;
    }));
    tell("task", &answer);
    DONE
}

/// What a future holds rolls back in a block when the future is dropped.
struct RollsBack;

impl Drop for RollsBack {
    fn drop(&mut self) {
        tell("inside", &future::allow_break());
        let block = ShutdownProtection::start_for(LONG);
        tell("rollback", &block);
    }
}

fn task_rolls_back() -> Outcome {
    patient();
    let answer: Result<(), Interrupted> = run(protect_async(LONG, async {
        let _witness = RollsBack;
        event().await;
        future::renew_for(Duration::from_millis(300));
        pending::<()>().await;
    }));
    tell("task", &answer);
    DONE
}

static FORKED: AtomicBool = AtomicBool::new(false);

/// The child of the callback has a shutdown of its own, which the drop of its last guard ends.
fn forked_in_the_callback() -> Outcome {
    patient();
    configure_shutdown_manager()
        .before_termination(|| {
            if FORKED.swap(true, Ordering::SeqCst) {
                say!("termination of the child");
                return;
            }
            let child = fork(|| {
                let guard = ShutdownProtection::start_for(LONG).expect("nothing is pending");
                raise(libc::SIGTERM);
                await_pending();
                tell("child start", &ShutdownProtection::start_for(LONG));
                drop(guard);
                say!("child behind the block");
                0
            });
            say!("child {}", reap(child));
        })
        .apply()?;
    say!("ready");
    stuck()
}

/// The forking thread is the main one of the child, and waits for the others in its break.
fn forked_beside_main() -> Outcome {
    patient();
    if arg(2) == "worker" {
        thread::spawn(|| {
            // Whatever this thread is told of itself here is not true in the child.
            let guard = ShutdownProtection::start_for(LONG).expect("nothing is pending");
            tell("parent", &guard.allow_break());
            drop(guard);
            say!("child {}", reap(fork(child_waits)));
        })
        .join()
        .expect("no panic");
    } else {
        run(protect_async(LONG, async {
            tell("parent", &future::allow_break());
            say!("child {}", reap(fork(child_waits)));
        }))?;
    }
    DONE
}

fn child_waits() -> i32 {
    let guard = ShutdownProtection::start_for(LONG).expect("nothing is pending");
    let (opened, is_open) = std::sync::mpsc::channel();
    thread::spawn(move || {
        let guard = ShutdownProtection::start_for(LONG).expect("nothing is pending");
        opened.send(()).expect("the child's main thread waits");
        await_pending();
        await_sleep_of_main();
        say!("worker done");
        drop(guard);
        asleep()
    });
    is_open.recv().expect("the block opens");
    raise(libc::SIGTERM);
    await_pending();
    tell("child", &guard.allow_break());
    drop(guard);
    std::process::exit(0)
}

/// The thread that exits polls the only block that is open.
fn exit_in_a_future() -> Outcome {
    patient();
    run(protect_async(LONG, async {
        if arg(2) == "pending" {
            raise(libc::SIGTERM);
            await_pending();
        }
        std::process::exit(3)
    }))?;
    DONE
}

/// The thread that exits is in the callback that the end waits for.
fn exit_in_the_callback() -> Outcome {
    configure_shutdown_manager().max_exec_time(LONG).before_termination(|| std::process::exit(7)).apply()?;
    say!("ready");
    stuck()
}
