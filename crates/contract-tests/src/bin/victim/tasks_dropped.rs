//! Protected futures that are dropped, refused, or not there at all.

use std::future::{Future, pending, poll_fn};
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::task::Poll;
use std::time::Duration;

use shutdown_protection::{Interrupted, ShutdownProtection, future, open_blocks, protect_async};

use crate::callbacks::PanicsInDrop;
use crate::os::monotonic_ns;
use crate::runtimes::{event, run, sleep};
use crate::talk::{LONG, patient, say, stuck, tell};
use crate::{DONE, Outcome, scenarios};

scenarios![
    task_dropped,
    task_refused,
    task_cancelled,
    task_cancelled_with_a_panic,
    task_cancelled_while_pending,
    task_outside,
    task_waits,
];

struct SaysItsDrop;

impl Drop for SaysItsDrop {
    fn drop(&mut self) {
        say!("dropped {}", monotonic_ns());
    }
}

/// The future never ends; at its deadline it is dropped where it waits.
fn task_dropped() -> Outcome {
    patient();
    let start = monotonic_ns();
    let answer: Result<(), Interrupted> = run(protect_async(Duration::from_millis(500), async {
        say!("start {start}");
        let _witness = SaysItsDrop;
        event().await;
        pending::<()>().await;
    }));
    tell("task", &answer);
    DONE
}

/// The second future of the task starts when a shutdown is pending, outside of the first.
fn task_refused() -> Outcome {
    patient();
    run(async {
        let mut first = Box::pin(protect_async(LONG, async {
            event().await;
            sleep(Duration::from_millis(100)).await;
        }));
        // Poll the first until it has seen the event, and no further.
        poll_fn(|context| {
            let _ = first.as_mut().poll(context);
            if shutdown_protection::is_requested() { Poll::Ready(()) } else { Poll::Pending }
        })
        .await;
        let second = protect_async(LONG, async { say!("the work of a refused block ran") }).await;
        tell("second", &second);
        say!("blocks {}", open_blocks().len());
        let _ = first.await;
    });
    DONE
}

/// A future that is dropped before its end leaves no block behind.
fn task_cancelled() -> Outcome {
    run(async {
        let unpolled = protect_async(LONG, pending::<()>());
        say!("unpolled {}", open_blocks().len());
        drop(unpolled);
        let mut protected = Box::pin(protect_async(LONG, pending::<()>()));
        poll_fn(|context| Poll::Ready(protected.as_mut().poll(context).is_ready())).await;
        say!("polled {}", open_blocks().len());
        drop(protected);
        say!("dropped {}", open_blocks().len());
    });
    say!("ready");
    stuck()
}

/// Nor does one whose destructor panics.
fn task_cancelled_with_a_panic() -> Outcome {
    run(async {
        let mut protected = Box::pin(protect_async(LONG, async {
            let _panics = PanicsInDrop;
            pending::<()>().await;
        }));
        poll_fn(|context| Poll::Ready(protected.as_mut().poll(context).is_ready())).await;
        say!("polled {}", open_blocks().len());
        let dropped = catch_unwind(AssertUnwindSafe(|| drop(protected)));
        say!("panicked {} dropped {}", dropped.is_err(), open_blocks().len());
    });
    say!("ready");
    stuck()
}

fn task_cancelled_while_pending() -> Outcome {
    run(async {
        let mut protected = Box::pin(protect_async(LONG, pending::<()>()));
        poll_fn(|context| Poll::Ready(protected.as_mut().poll(context).is_ready())).await;
        event().await;
        drop(protected);
        pending::<()>().await;
    });
    DONE
}

/// Outside of a protected future the functions do nothing.
fn task_outside() -> Outcome {
    run(async {
        say!("remaining {:?}", future::remaining());
        tell("break", &future::allow_break());
        tell("deadline", &future::check_deadline());
        future::renew();
        let _ = protect_async(LONG, async {}).await;
        say!("remaining {:?}", future::remaining());
    });
    DONE
}

/// `requested` in a loop of another task, with a guard of the thread around it all.
fn task_waits() -> Outcome {
    patient();
    let guard = ShutdownProtection::start_for(LONG)?;
    run(event());
    tell("break", &guard.allow_break());
    DONE
}
