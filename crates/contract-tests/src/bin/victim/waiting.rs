//! To ask for a shutdown, to wait for it, and to be refused because of it.

use std::future::Future;
use std::task::{Context, Poll, Waker};
use std::time::{Duration, Instant};

use shutdown_protection::{
    Interrupted, ShutdownProtection, cancel_shutdown, configure_shutdown_manager, is_requested, requested, wait,
};

use crate::os::{MANY, monotonic_ns, raise};
use crate::talk::{LONG, arg, await_pending, hear_go, millis, patient, ready_then_pending, say, tell};
use crate::{DONE, Outcome, scenarios};

scenarios![
    waits,
    waits_in_vain,
    many_wait,
    looks_at_once,
    polls_requested,
    refused,
    run_at_exit,
    flushes_again_and_again,
    flushes_for_long
];

/// Blocks in `wait`, from before the event.
fn waits() -> Outcome {
    patient();
    let guard = ShutdownProtection::start_for(LONG)?;
    say!("requested {}", is_requested());
    say!("ready");
    say!("wait {}", wait(Duration::MAX));
    say!("requested {}", is_requested());
    say!("wait {}", wait(LONG));
    tell("break", &guard.allow_break());
    DONE
}

fn waits_in_vain() -> Outcome {
    let _guard = ShutdownProtection::start_for(LONG)?;
    let begin = Instant::now();
    let answer = wait(Duration::from_millis(300));
    say!("wait {answer} {}", begin.elapsed() >= Duration::from_millis(300));
    say!("wait {}", wait(Duration::ZERO));
    DONE
}

/// One event wakes all that wait.
fn many_wait() -> Outcome {
    patient();
    let guard = ShutdownProtection::start_for(LONG)?;
    let threads: Vec<_> = (0..8)
        .map(|number| {
            std::thread::spawn(move || {
                if number % 2 == 0 {
                    wait(LONG)
                } else {
                    smol::block_on(requested());
                    true
                }
            })
        })
        .collect();
    say!("ready");
    for thread in threads {
        say!("woken {}", thread.join().expect("no panic"));
    }
    tell("break", &guard.allow_break());
    DONE
}

/// Looks right behind each signal, while the supervisor is taking it.
fn looks_at_once() -> Outcome {
    patient();
    let guard = ShutdownProtection::start_for(LONG)?;
    let mut missed = 0;
    for round in 0..MANY {
        raise(libc::SIGTERM);
        let seen = if round % 2 == 0 { is_requested() } else { guard.allow_break().is_err() };
        missed += u32::from(!seen);
        cancel_shutdown()?;
    }
    say!("missed {missed}");
    guard.finish()?;
    DONE
}

/// The future is quiet before the event, ready after it, and ready at once when it is made later.
fn polls_requested() -> Outcome {
    patient();
    let guard = ShutdownProtection::start_for(LONG)?;
    let mut context = Context::from_waker(Waker::noop());
    let mut early = Box::pin(requested());
    say!("early {}", early.as_mut().poll(&mut context) == Poll::Ready(()));
    say!("ready");
    await_pending();
    say!("early {}", early.as_mut().poll(&mut context) == Poll::Ready(()));
    let mut late = Box::pin(requested());
    say!("late {}", late.as_mut().poll(&mut context) == Poll::Ready(()));
    tell("break", &guard.allow_break());
    DONE
}

/// A worker without a block is refused while the main thread holds one; each constructor refuses.
fn refused() -> Outcome {
    patient();
    let guard = ShutdownProtection::start_for(LONG)?;
    say!("ready");
    await_pending();
    let way = arg(1);
    let worker = std::thread::spawn(move || {
        let answer = match way.as_str() {
            "start" => ShutdownProtection::start().map(drop),
            "start_for" => ShutdownProtection::start_for(LONG).map(drop),
            "builder" => ShutdownProtection::builder().start().map(drop),
            "drain" => ShutdownProtection::builder().drain_time(LONG).start().map(drop),
            _ => shutdown_protection::protect(LONG, |_| {
                say!("the work of a refused block ran");
                Ok(())
            }),
        };
        tell("worker", &answer);
    });
    worker.join().expect("no panic");
    tell("main", &guard.allow_break());
    DONE
}

/// A block with `run_at_exit` starts all the same, in a worker and in the main thread.
fn run_at_exit() -> Outcome {
    patient();
    let guard = ShutdownProtection::start_for(LONG)?;
    say!("ready");
    await_pending();
    let flush = ShutdownProtection::builder().max_exec_time(LONG).run_at_exit(true);
    if arg(1) == "worker" {
        std::thread::spawn(move || {
            let block = flush.start();
            tell("flush", &block);
            say!("flushed");
            drop(block);
        })
        .join()
        .expect("no panic");
        tell("main", &guard.allow_break());
        return DONE;
    }
    tell("main", &guard.allow_break());
    drop(guard);
    let block = flush.start();
    tell("flush", &block);
    hear_go();
    say!("flushed");
    drop(block);
    DONE
}

fn at_exit() -> Result<ShutdownProtection, Interrupted> {
    ShutdownProtection::builder().max_exec_time(LONG).run_at_exit(true).start()
}

/// The end is delivered to the main thread: arguments are `max_exec_time` and `unwind_time`.
fn delivered() -> Outcome {
    configure_shutdown_manager().max_exec_time(millis(1)).unwind_time(millis(2)).apply()?;
    let guard = ShutdownProtection::start_for(LONG)?;
    ready_then_pending();
    say!("start {}", monotonic_ns());
    tell("break", &guard.allow_break());
    DONE
}

/// There is always something more to flush: one block after the other, or each one inside of the last.
fn flushes_again_and_again() -> Outcome {
    delivered()?;
    let mut flush = Some(at_exit()?);
    loop {
        std::thread::sleep(Duration::from_millis(20));
        if arg(3) == "one by one" {
            flush = None;
        }
        flush = Some(at_exit()?).or(flush);
    }
}

/// One flush that takes longer than both times together.
fn flushes_for_long() -> Outcome {
    delivered()?;
    let flush = at_exit();
    std::thread::sleep(2 * (millis(1) + millis(2)));
    tell("flushed", &flush);
    DONE
}
