//! What the machine itself asks for the ingredients, so that a figure from another machine can be compared.

use std::hint::black_box;
use std::sync::atomic::{AtomicBool, AtomicU64, AtomicUsize, Ordering};

use super::{CHECK_FLOOR, LOAD_FLOOR, SOUND_FLOOR};
use crate::linux::clock;
use crate::linux::harness::{Contestant, Role};

/// A flag that is never set. It is a static, as a signal handler's must be; the compiler, which sees that nobody writes
/// to it, must not know that it is this one.
fn flag() -> &'static AtomicBool {
    static FLAG: AtomicBool = AtomicBool::new(false);
    black_box(&FLAG)
}

/// What the measuring loop costs.
pub(super) fn empty_loop() -> Contestant {
    Contestant::new("empty loop", Role::Floor, || || black_box(false))
}

pub(super) fn relaxed_load() -> Contestant {
    Contestant::new(LOAD_FLOOR, Role::Floor, || {
        let flag = flag();
        || flag.load(Ordering::Relaxed)
    })
}

pub(super) fn coarse_clock() -> Contestant {
    Contestant::new("coarse clock", Role::Floor, || || clock::coarse() == 0)
}

pub(super) fn processor_counter() -> Contestant {
    Contestant::new("processor's counter", Role::Floor, || || clock::counter() == 0)
}

pub(super) fn precise_clock() -> Contestant {
    Contestant::new("precise clock", Role::Floor, || || clock::precise() == 0)
}

/// A deadline that only one thread writes, alone on its cache lines (two, as processors fetch them in pairs).
#[repr(align(128))]
struct Deadline(AtomicU64);

/// One flag read, one coarse time read, one deadline written: the least that a check with renewal can do.
pub(super) fn flag_clock_store() -> Contestant {
    check(CHECK_FLOOR, clock::coarse)
}

/// The least if the deadline must not be early.
pub(super) fn flag_counter_store() -> Contestant {
    check(SOUND_FLOOR, clock::counter)
}

fn check(name: &'static str, clock: impl Fn() -> u64 + Copy + Send + Sync + 'static) -> Contestant {
    Contestant::new(name, Role::Floor, move || {
        let flag = flag();
        let deadline = Box::new(Deadline(AtomicU64::new(0)));
        let allowed = black_box(3_600_000_000_000);
        move || {
            if flag.load(Ordering::Relaxed) {
                return true;
            }
            deadline.0.store(clock() + allowed, Ordering::Relaxed);
            false
        }
    })
}

/// The least that a block can do which other threads may look for at any time: its deadline is published by one
/// instruction that later loads cannot overtake, then the flag is read, and the end is a plain store.
pub(super) fn published_deadline() -> Contestant {
    Contestant::new("coarse clock + exchange + flag + store", Role::Floor, || {
        let flag = flag();
        let deadline = Box::new(Deadline(AtomicU64::new(0)));
        let allowed = black_box(3_600_000_000_000);
        move || {
            deadline.0.swap(clock::coarse() + allowed, Ordering::SeqCst);
            let stop = flag.load(Ordering::Relaxed);
            deadline.0.store(0, Ordering::Release);
            stop
        }
    })
}

/// One atomic counter up and down: the least that a shared count of open work can do.
pub(super) fn counter() -> Contestant {
    static OPEN: AtomicUsize = AtomicUsize::new(0);
    Contestant::new("atomic counter up and down", Role::Floor, || {
        || {
            let full = OPEN.fetch_add(1, Ordering::SeqCst) == usize::MAX;
            OPEN.fetch_sub(1, Ordering::SeqCst);
            full
        }
    })
}
