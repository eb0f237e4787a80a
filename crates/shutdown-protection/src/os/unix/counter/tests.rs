//! What clocks could do, on a machine that is told to.

use std::cell::Cell;

use proptest::prelude::*;

use super::*;

const MS: u64 = 1_000_000;

/// A machine whose clocks go on as they are told to: by the true time, at the counter's pace, at `adjtimex`'s. Each
/// reading takes some time, and may take long.
struct Machine {
    exact: Cell<f64>,
    counter: Cell<f64>,
    asleep: Cell<u64>,
    gigahertz: f64,
    adjusted: Cell<f64>,
    /// Behind which reading from now it is held up, and for how long.
    held_up: Cell<(u32, u64)>,
}

impl Machine {
    fn new(gigahertz: f64) -> Self {
        Self {
            exact: Cell::new(5e12),
            counter: Cell::new(7e12),
            asleep: Cell::new(0),
            gigahertz,
            adjusted: Cell::new(1.0),
            held_up: Cell::new((0, 0)),
        }
    }

    fn pass(&self, nanoseconds: u64) {
        self.exact.set(self.exact.get() + nanoseconds as f64 * self.adjusted.get());
        self.counter.set(self.counter.get() + nanoseconds as f64 * self.gigahertz);
    }

    fn sleep(&self, nanoseconds: u64) {
        self.counter.set(self.counter.get() + nanoseconds as f64 * self.gigahertz);
        self.asleep.set(self.asleep.get() + nanoseconds);
    }

    fn hold_up(&self, reading: u32, nanoseconds: u64) {
        self.held_up.set((reading, nanoseconds));
    }

    fn read(&self, clock: f64) -> u64 {
        self.pass(20);
        let (reading, nanoseconds) = self.held_up.get();
        self.held_up.set((reading.saturating_sub(1), nanoseconds));
        if reading == 1 {
            self.pass(nanoseconds);
        }
        clock as u64
    }
}

impl Source for Machine {
    fn counter(&self) -> u64 {
        self.read(self.counter.get())
    }

    fn exact(&self) -> u64 {
        self.read(self.exact.get())
    }

    fn asleep_too(&self) -> u64 {
        self.read(self.exact.get()) + self.asleep.get()
    }
}

/// Asks once; the time is between the call's beginning and its end, or ahead by what is allowed. How much it is ahead.
fn ask(counted: &Counted, machine: &Machine) -> f64 {
    let before = machine.exact.get();
    let time = counted.now_or_later(machine) as f64;
    let after = machine.exact.get();
    assert!(time >= before.floor(), "{} ns early", before - time);
    assert!(time <= after + 5.2 * MS as f64, "{} ns late", time - after);
    time - after
}

/// A machine that has run long enough for an anchor.
fn running(gigahertz: f64) -> (Counted, Machine) {
    let (counted, machine) = (Counted::new(), Machine::new(gigahertz));
    counted.begin(&machine, true);
    machine.pass(60 * MS);
    ask(&counted, &machine);
    (counted, machine)
}

fn is_on(counted: &Counted) -> bool {
    counted.usable.load(Ordering::Relaxed) && counted.holds.load(Ordering::Relaxed) > 0
}

#[test]
fn c11_between_two_anchors_the_exact_clock_is_not_asked() {
    for gigahertz in [0.024, 1.0, 2.3, 6.0] {
        let (counted, machine) = running(gigahertz);
        let anchor = counted.time.load(Ordering::Relaxed);
        for _ in 0..35 {
            machine.pass(MS / 10);
            let ahead = ask(&counted, &machine);
            assert!(ahead < 1.2 * MS as f64, "{ahead} ns");
            assert_eq!(counted.time.load(Ordering::Relaxed), anchor);
        }
        machine.pass(MS);
        ask(&counted, &machine);
        assert!(counted.time.load(Ordering::Relaxed) > anchor, "a new one after 4 ms");
    }
}

#[test]
fn c11_a_counter_that_begins_anew_is_not_used_any_more() {
    let (counted, machine) = running(2.3);
    machine.counter.set(1e9);
    machine.exact.set(machine.exact.get() + 3e9);
    ask(&counted, &machine);
    assert!(!is_on(&counted));
    ask(&counted, &machine);
}

#[test]
fn c11_a_counter_that_has_become_slow_is_not_used_any_more() {
    let (counted, machine) = running(2.3);
    // The exact time is another counter's now: 80 ms in what this one says are 50.
    machine.pass(50 * MS);
    machine.exact.set(machine.exact.get() + 30e6);
    ask(&counted, &machine);
    assert!(!is_on(&counted));
}

#[test]
fn c11_an_anchor_that_was_long_in_noting_is_not_one() {
    let (counted, machine) = running(2.3);
    let anchor = counted.time.load(Ordering::Relaxed);
    machine.pass(5 * MS);
    // The first reading finds the anchor too old, the second one is a new anchor's: the machine stands behind it.
    machine.hold_up(2, 3 * MS);
    ask(&counted, &machine);
    assert_eq!(counted.time.load(Ordering::Relaxed), anchor);
    ask(&counted, &machine);
    assert!(counted.time.load(Ordering::Relaxed) > anchor && is_on(&counted));
}

#[test]
fn c23_the_child_of_a_fork_begins_anew() {
    let (counted, machine) = running(2.3);
    // Its time is another one, and at the fork a thread was noting an anchor.
    machine.exact.set(machine.exact.get() + 1e12);
    counted.noting.store(true, Ordering::Relaxed);
    counted.begin(&machine, true);
    ask(&counted, &machine);
    machine.pass(60 * MS);
    ask(&counted, &machine);
    assert!(is_on(&counted));
}

#[test]
fn c11_a_counter_that_the_kernel_does_not_use_is_not_used() {
    let (counted, machine) = (Counted::new(), Machine::new(2.3));
    counted.begin(&machine, false);
    machine.pass(60 * MS);
    ask(&counted, &machine);
    assert!(!is_on(&counted));
}

proptest! {
    /// Whatever the pace of the counter and of `adjtimex`, however long anything takes, asleep or not: not early.
    #[test]
    fn c11_a_cheap_time_is_never_early(
        gigahertz in 0.02..6.0,
        steps in prop::collection::vec((0..6_u8, 0.9..1.1, 0..200_u64, 1..6_u32), 1..200),
    ) {
        let (counted, machine) = (Counted::new(), Machine::new(gigahertz));
        counted.begin(&machine, true);
        for (kind, pace, size, reading) in steps {
            machine.adjusted.set(pace);
            match kind {
                0 => machine.pass(size * MS),
                1 => machine.pass(size * MS / 50),
                2 => machine.hold_up(reading, size * MS / 10),
                3 => machine.sleep(size * 1_000 * MS),
                _ => machine.pass(size),
            }
            ask(&counted, &machine);
            prop_assert!(counted.usable.load(Ordering::Relaxed));
        }
    }
}
