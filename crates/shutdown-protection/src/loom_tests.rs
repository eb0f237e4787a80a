//! `loom` explores every order in which the lock-free parts can meet, under the weakest memory model that it
//! knows. A handler counts as one more thread: it may come between any two steps of the others.

use loom::sync::Arc;
use loom::sync::atomic::{AtomicBool, AtomicU32, Ordering};
use loom::thread;

use crate::doorbell::Doorbell;
use crate::event::ShutdownEvent;
use crate::gate::{ATTENTION, Gate, PENDING};
use crate::mailbox::Mailbox;
use crate::time::Time;

/// A slot as the gate sees it: open or not.
#[derive(Default)]
struct Model {
    open: AtomicU32,
}

/// The race of `gate`: the owner believes itself protected, or the engine sees its block; never neither.
#[test]
fn loom_a_block_that_starts_as_an_event_comes_is_refused_or_seen() {
    loom::model(|| {
        let shared = Arc::new((Gate::new(), Model::default()));
        let owner = {
            let shared = Arc::clone(&shared);
            thread::spawn(move || {
                let (gate, model) = &*shared;
                let calm = Gate::calm(gate.load());
                model.open.store(1, Ordering::Release);
                gate.light();
                gate.still_calm(|| calm)
            })
        };
        let (gate, model) = &*shared;
        gate.raise(PENDING);
        gate.heavy();
        let seen = model.open.load(Ordering::Acquire) == 1;
        let believes_itself_protected = owner.join().unwrap();
        assert!(seen || !believes_itself_protected, "the process would be ended under an open block");
    });
}

/// The same race at the end of a block: the engine sees that it is free, or the owner comes to tell.
#[test]
fn loom_a_block_that_ends_as_an_event_comes_does_not_end_unnoticed() {
    loom::model(|| {
        let shared = Arc::new((Gate::new(), Model { open: AtomicU32::new(1) }));
        let owner = {
            let shared = Arc::clone(&shared);
            thread::spawn(move || {
                let (gate, model) = &*shared;
                let calm = Gate::calm(gate.load());
                model.open.store(0, Ordering::Release);
                gate.light();
                !gate.still_calm(|| calm)
            })
        };
        let (gate, model) = &*shared;
        gate.raise(PENDING);
        gate.heavy();
        let seen_free = model.open.load(Ordering::Acquire) == 0;
        let comes_to_tell = owner.join().unwrap();
        assert!(seen_free || comes_to_tell, "the engine would wait for a block that has ended");
    });
}

/// Handler and supervisor: the supervisor never sleeps on a letter. Its order: hear, lower the flag, take,
/// wait for a ring after what it heard.
#[test]
fn loom_the_supervisor_does_not_sleep_on_an_event() {
    loom::model(|| {
        let shared = Arc::new((Mailbox::new(), Gate::new(), Doorbell::new()));
        let handlers: Vec<_> = [ShutdownEvent::SigInt, ShutdownEvent::SigTerm]
            .into_iter()
            .map(|event| {
                let shared = Arc::clone(&shared);
                thread::spawn(move || {
                    let (mailbox, gate, doorbell) = &*shared;
                    mailbox.put(event, Time(1));
                    gate.raise(ATTENTION);
                    doorbell.ring();
                })
            })
            .collect();
        let (mailbox, gate, doorbell) = &*shared;
        let mut taken = 0;
        while taken < 2 {
            let heard = doorbell.hear();
            if gate.load() & ATTENTION != 0 {
                gate.lower(ATTENTION);
                taken += mailbox.take().iter().count();
            }
            if taken < 2 {
                // Lost, if it sleeps for ever here: loom reports that as a deadlock.
                doorbell.wait(heard);
            }
        }
        for handler in handlers {
            handler.join().unwrap();
        }
        assert_eq!(mailbox.take().iter().count(), 0);
    });
}

/// Two takers, an owner at its breakpoint and the supervisor, under the engine's lock: each event is taken
/// once, and the flag never hides one.
#[test]
fn loom_each_event_is_taken_once_by_whoever_looks() {
    loom::model(|| {
        let shared = Arc::new((Mailbox::new(), Gate::new(), loom::sync::Mutex::new(0_usize), AtomicBool::new(false)));
        let handler = {
            let shared = Arc::clone(&shared);
            thread::spawn(move || {
                shared.0.put(ShutdownEvent::SigTerm, Time(7));
                shared.1.raise(ATTENTION);
                shared.3.store(true, Ordering::Release);
            })
        };
        let look = |shared: &(Mailbox, Gate, loom::sync::Mutex<usize>, AtomicBool)| {
            let mut taken = shared.2.lock().unwrap();
            if shared.1.load() & ATTENTION != 0 {
                shared.1.lower(ATTENTION);
                *taken += shared.0.take().iter().count();
            }
        };
        let owner = {
            let shared = Arc::clone(&shared);
            thread::spawn(move || look(&shared))
        };
        look(&shared);
        owner.join().unwrap();
        handler.join().unwrap();
        look(&shared);
        assert_eq!(*shared.2.lock().unwrap(), 1);
    });
}
