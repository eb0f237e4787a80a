//! Protected tasks that move between the threads of a pool.

use std::future::Future;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::task::{Context, Poll, Waker};
use std::time::Duration;

use shutdown_protection::{future, is_requested, open_blocks, protect_async, requested};

use crate::talk::{LONG, arg, patient, say};
use crate::{DONE, Outcome, scenarios};

scenarios![task_moves, tasks_move, tasks_all_break, tasks_lapse_alone, task_aborted, main_future_leaves_tasks];

fn pool() -> tokio::runtime::Runtime {
    tokio::runtime::Builder::new_multi_thread().worker_threads(4).enable_all().build().expect("a runtime")
}

/// A hundred polls of one future, each in a thread of its own: it finds its block in all of them.
fn task_moves() -> Outcome {
    let mut task = Box::pin(protect_async(LONG, async {
        for step in 0..100 {
            assert!(future::remaining().is_some());
            assert!(future::allow_break().is_ok());
            if step == 50 {
                say!("blocks {}", open_blocks().len());
            }
            tokio::task::yield_now().await;
        }
        7
    }));
    let mut polls = 0;
    let answer = loop {
        polls += 1;
        let polled = std::thread::scope(|scope| {
            let poll = || task.as_mut().poll(&mut Context::from_waker(Waker::noop()));
            scope.spawn(poll).join().expect("no panic")
        });
        if let Poll::Ready(answer) = polled {
            break answer;
        }
        say_if_open_outside();
    };
    say!("value {:?} after {polls} polls", answer.ok());
    say!("blocks {}", open_blocks().len());
    DONE
}

fn say_if_open_outside() {
    if let Some(left) = future::remaining() {
        say!("a block of {left:?} outside of its future");
    }
}

/// The same, as a pool does it.
fn tasks_move() -> Outcome {
    pool().block_on(async {
        let tasks: Vec<_> = (0..32)
            .map(|number| {
                tokio::spawn(protect_async(LONG, async move {
                    for _ in 0..200 {
                        assert!(future::remaining().is_some());
                        assert!(future::allow_break().is_ok());
                        tokio::task::yield_now().await;
                    }
                    tokio::time::sleep(Duration::from_millis(1)).await;
                    assert!(future::remaining().is_some());
                    number
                }))
            })
            .collect();
        let mut sum = 0;
        for task in tasks {
            sum += task.await.expect("no panic").expect("nothing is pending");
        }
        say!("sum {sum}");
    });
    say!("blocks {}", open_blocks().len());
    DONE
}

/// Two hundred tasks are at work when the event comes; each meets it at its own breakpoint.
fn tasks_all_break() -> Outcome {
    patient();
    let broken = AtomicUsize::new(0);
    let broken: &'static AtomicUsize = Box::leak(Box::new(broken));
    pool().block_on(async {
        let tasks: Vec<_> = (0..200)
            .map(|_| {
                tokio::spawn(protect_async(LONG, async move {
                    loop {
                        tokio::time::sleep(Duration::from_millis(1)).await;
                        if future::allow_break().is_err() {
                            broken.fetch_add(1, Ordering::SeqCst);
                            break;
                        }
                    }
                }))
            })
            .collect();
        while open_blocks().len() < 200 {
            tokio::time::sleep(Duration::from_millis(1)).await;
        }
        say!("ready");
        for task in tasks {
            task.await.expect("no panic").expect("it ended by itself");
        }
        say!("broken {}", broken.load(Ordering::SeqCst));
    });
    DONE
}

/// One task lapses and is dropped while another works on undisturbed.
fn tasks_lapse_alone() -> Outcome {
    patient();
    pool().block_on(async {
        let short = tokio::spawn(protect_async(Duration::from_millis(400), std::future::pending::<()>()));
        let long = tokio::spawn(protect_async(LONG, async {
            requested().await;
            tokio::time::sleep(Duration::from_millis(900)).await;
            say!("long undisturbed");
        }));
        while open_blocks().len() < 2 {
            tokio::time::sleep(Duration::from_millis(1)).await;
        }
        say!("ready");
        crate::talk::tell("short", &short.await.expect("no panic"));
        crate::talk::tell("long", &long.await.expect("no panic"));
    });
    DONE
}

/// `abort`, as runtimes cancel tasks.
fn task_aborted() -> Outcome {
    pool().block_on(async {
        let task = tokio::spawn(protect_async(LONG, std::future::pending::<()>()));
        while open_blocks().is_empty() {
            tokio::time::sleep(Duration::from_millis(1)).await;
        }
        task.abort();
        say!("cancelled {}", task.await.is_err_and(|error| error.is_cancelled()));
        say!("blocks {} requested {}", open_blocks().len(), is_requested());
    });
    say!("ready");
    crate::talk::stuck()
}

/// `main` is told first and returns from its runtime; the other task's block ends before the process does.
fn main_future_leaves_tasks() -> Outcome {
    patient();
    let runtime = pool();
    runtime.block_on(async {
        tokio::spawn(protect_async(LONG, async {
            requested().await;
            tokio::time::sleep(Duration::from_millis(400)).await;
            say!("task done");
        }));
        while open_blocks().is_empty() {
            tokio::time::sleep(Duration::from_millis(1)).await;
        }
        say!("ready");
        requested().await;
        say!("main returns");
    });
    if arg(1) == "background" {
        // Without this the runtime's drop would cancel the task.
        std::mem::forget(runtime);
    }
    DONE
}
