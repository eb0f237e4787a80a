//! Blocks in odd places, and in great numbers.

use std::cell::RefCell;
use std::sync::mpsc::channel;

use shutdown_protection::{ShutdownProtection, open_blocks};

use crate::talk::{LONG, asleep, await_pending, patient, ready_then_pending, say, stuck, tell};
use crate::{Outcome, scenarios};

scenarios![thread_local_guard, thread_local_start, many_blocks];

thread_local! {
    static HELD: RefCell<Option<ShutdownProtection>> = const { RefCell::new(None) };
}

/// The guard lives in a thread-local variable, and is dropped when the thread's others may be gone already.
fn thread_local_guard() -> Outcome {
    patient();
    for round in ["before", "after"] {
        std::thread::spawn(move || {
            if round == "before" {
                // Touch the variable before the library has any of its own in this thread.
                HELD.with_borrow_mut(|held| *held = None);
            }
            let guard = ShutdownProtection::start_for(LONG).expect("nothing is pending");
            HELD.with_borrow_mut(|held| *held = Some(guard));
            say!("open {}", open_blocks().len());
        })
        .join()
        .expect("no panic");
        say!("behind {}", open_blocks().len());
    }
    say!("ready");
    stuck()
}

struct StartsInItsDrop;

impl Drop for StartsInItsDrop {
    fn drop(&mut self) {
        let block = ShutdownProtection::start_for(LONG);
        tell("start in a destructor", &block);
        say!("open {}", open_blocks().len());
    }
}

thread_local! {
    static STARTER: StartsInItsDrop = const { StartsInItsDrop };
}

fn thread_local_start() -> Outcome {
    patient();
    for round in ["unused", "used"] {
        std::thread::spawn(move || {
            STARTER.with(|_| ());
            if round == "used" {
                drop(ShutdownProtection::start().expect("nothing is pending"));
            }
        })
        .join()
        .expect("no panic");
        say!("behind {}", open_blocks().len());
    }
    say!("ready");
    stuck()
}

/// Thousands of blocks in one thread and a hundred threads with one each.
fn many_blocks() -> Outcome {
    patient();
    let guards: Vec<_> = (0..5000).map(|_| ShutdownProtection::start_for(LONG).expect("nothing is pending")).collect();
    let (opened, are_open) = channel();
    let threads: Vec<_> = (0..100)
        .map(|_| {
            let opened = opened.clone();
            std::thread::spawn(move || {
                let guard = ShutdownProtection::start_for(LONG).expect("nothing is pending");
                opened.send(()).expect("the main thread waits");
                await_pending();
                guard.finish().is_err()
            })
        })
        .collect();
    are_open.iter().take(100).count();
    say!("open {}", open_blocks().len());
    ready_then_pending();
    let told = threads.into_iter().map(|thread| usize::from(thread.join().expect("no panic")));
    say!("told {}", told.sum::<usize>());
    drop(guards);
    asleep()
}
