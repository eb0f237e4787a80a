//! `loom` explores every order in which the lock-free parts can meet, under the weakest memory model that it
//! knows. A handler counts as one more thread: it may come between any two steps of the others.

use loom::sync::Arc;
use loom::sync::atomic::{AtomicBool, AtomicU32, Ordering};
use loom::thread;

use crate::doorbell::Doorbell;
use crate::event::ShutdownEvent;
use crate::gate::{ATTENTION, Gate, PENDING, REQUESTED};
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

/// A waiter and the supervisor, each at its own doorbell, and whoever comes first takes the event under the lock. The waiter
/// always learns that a shutdown is pending, from the mailbox or from the gate; and the supervisor finds what there is to
/// do, though the waiter leaves the ring to the handler.
#[test]
fn loom_neither_a_waiter_nor_the_supervisor_sleeps_on_an_event_that_the_other_takes() {
    loom::model(|| {
        let shared = Arc::new(Shared::default());
        let handler = {
            let shared = Arc::clone(&shared);
            thread::spawn(move || {
                shared.mailbox.put(ShutdownEvent::SigTerm, Time(7));
                shared.gate.raise(ATTENTION);
                shared.waiters.ring();
                shared.doorbell.ring();
            })
        };
        let supervisor = {
            let shared = Arc::clone(&shared);
            thread::spawn(move || {
                loop {
                    let heard = shared.doorbell.hear();
                    if shared.look(true) == 1 {
                        return;
                    }
                    shared.doorbell.wait(heard);
                }
            })
        };
        shared.wait();
        handler.join().unwrap();
        supervisor.join().unwrap();
    });
}

/// A shutdown that no handler rings for: whoever makes it pending does. The gate's answer brings along what was done before.
#[test]
fn loom_a_waiter_does_not_sleep_on_a_request_and_sees_what_came_before_it() {
    loom::model(|| {
        let shared = Arc::new(Shared::default());
        let requester = {
            let shared = Arc::clone(&shared);
            thread::spawn(move || {
                shared.before.store(1, Ordering::Relaxed);
                let _session = shared.due.lock().unwrap();
                shared.gate.raise(PENDING);
                shared.gate.heavy();
                shared.gate.raise(REQUESTED);
                shared.waiters.ring();
            })
        };
        shared.wait();
        assert_eq!(shared.before.load(Ordering::Relaxed), 1);
        requester.join().unwrap();
    });
}

/// What waiters, handlers and the supervisor share; the lock guards how many events were taken that the supervisor has not
/// seen to.
struct Shared {
    mailbox: Mailbox,
    gate: Gate,
    waiters: Doorbell,
    doorbell: Doorbell,
    due: loom::sync::Mutex<usize>,
    before: AtomicU32,
}

impl Default for Shared {
    fn default() -> Self {
        Self {
            mailbox: Mailbox::new(),
            gate: Gate::new(),
            waiters: Doorbell::new(),
            doorbell: Doorbell::new(),
            due: loom::sync::Mutex::new(0),
            before: AtomicU32::new(0),
        }
    }
}

impl Shared {
    /// A stay under the lock: takes the events, and decides. The supervisor carries out what is due: how much that was.
    fn look(&self, supervises: bool) -> usize {
        let mut due = self.due.lock().unwrap();
        if self.gate.load() & ATTENTION != 0 {
            self.gate.lower(ATTENTION);
            *due += self.mailbox.take().iter().count();
            self.gate.raise(REQUESTED);
        }
        if supervises { std::mem::take(&mut *due) } else { 0 }
    }

    /// As [`wait()`](crate::wait). Lost, if it sleeps for ever: loom reports that as a deadlock.
    fn wait(&self) {
        loop {
            let heard = self.waiters.hear();
            if self.gate.is_requested() {
                return;
            }
            self.look(false);
            if self.gate.is_requested() {
                return;
            }
            self.waiters.wait(heard);
        }
    }
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
