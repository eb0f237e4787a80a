//! `protect_async` in one task, on the runtime of the argument: the library brings none.

use std::time::Duration;

use shutdown_protection::{ShutdownProtection, future, open_blocks, protect_async, requested};

use crate::runtimes::{event, run, sleep};
use crate::talk::{LONG, hear_go, patient, say, tell};
use crate::{DONE, Outcome, scenarios};

scenarios![task_value, task_breaks, task_ends, task_nested, task_renews, task_pair, task_beside_a_thread,];

fn task_value() -> Outcome {
    let answer = run(protect_async(LONG, async {
        sleep(Duration::from_millis(20)).await;
        tell("inside", &future::allow_break());
        7
    }));
    say!("value {:?}", answer.ok());
    say!("blocks {}", open_blocks().len());
    DONE
}

/// Breaks inside, and hands on what it was told.
fn task_breaks() -> Outcome {
    patient();
    let answer = run(protect_async(LONG, async {
        event().await;
        tell("inside", &future::allow_break());
        tell("again", &future::allow_break_without_renewal());
    }));
    tell("task", &answer);
    DONE
}

/// Ends normally while a shutdown is pending.
fn task_ends() -> Outcome {
    patient();
    let answer = run(protect_async(LONG, event()));
    tell("task", &answer);
    DONE
}

fn task_nested() -> Outcome {
    patient();
    let answer = run(protect_async(LONG, async {
        let inner = protect_async(LONG, async {
            event().await;
            tell("inner", &future::allow_break());
            7
        })
        .await;
        say!("inner value {:?}", inner.ok());
        tell("outer", &future::allow_break());
    }));
    tell("task", &answer);
    DONE
}

fn task_renews() -> Outcome {
    run(protect_async(Duration::from_secs(30), async {
        let left = || future::remaining().expect("inside");
        sleep(Duration::from_millis(400)).await;
        let old = left();
        tell("without", &future::allow_break_without_renewal());
        say!("without renews {}", left() > old);
        future::renew();
        say!("renew renews {}", left() > old);
        future::renew_for(LONG);
        say!("renew_for renews {}", left() > Duration::from_secs(40));
        tell("deadline", &future::check_deadline());
    }))?;
    DONE
}

/// Two protected futures in one task are two owners.
fn task_pair() -> Outcome {
    patient();
    let first = protect_async(LONG, async {
        event().await;
        tell("first inside", &future::allow_break());
    });
    let second = protect_async(LONG, async {
        requested().await;
        sleep(Duration::from_millis(300)).await;
        say!("second undisturbed");
        tell("second inside", &future::allow_break());
    });
    // Both have been polled, and so both blocks are open, when the first says `ready`.
    let _ = run(smol::future::zip(second, first));
    DONE
}

/// Its break does not block the event loop, although another thread's block is open; the exit waits for that.
fn task_beside_a_thread() -> Outcome {
    patient();
    let (opened, is_open) = std::sync::mpsc::channel();
    std::thread::spawn(move || {
        let guard = ShutdownProtection::start_for(LONG).expect("nothing is pending");
        opened.send(()).expect("the main thread waits");
        hear_go();
        say!("thread done");
        drop(guard);
    });
    is_open.recv()?;
    let answer = run(protect_async(LONG, async {
        event().await;
        tell("inside", &future::allow_break());
        sleep(Duration::from_millis(50)).await;
        say!("loop goes on");
    }));
    tell("task", &answer);
    // The loop has ended, and this thread meets the other's block in its exit.
    DONE
}
