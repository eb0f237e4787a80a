//! Whose an arena is when its thread ends: blocks may end, and start, behind the destructor that gives it up.

use std::cell::Cell;
use std::collections::HashSet;
use std::panic::Location;

use super::super::Arena;
use super::*;
use crate::blocks::options::Options;
use crate::time::{Span, Time};

const OPTIONS: Options = Options { budget: Span(1), drain: false, regardless: false, name: None };
/// More than all other tests together have threads at a time.
const THREADS: usize = 200;

fn open() -> &'static Slot {
    let (slot, serial) = acquire().take();
    slot.open(&OPTIONS, Location::caller(), serial, 0, Time(0));
    slot
}

fn end(slot: &'static Slot) {
    slot.free();
    match mine() {
        Some(arena) => arena.give(slot),
        None => give_late(slot),
    }
}

/// What its destructor does, as the thread's last act: ends these blocks, then starts and ends so many.
#[derive(Default)]
struct Late {
    slots: Cell<Vec<&'static Slot>>,
    starts: Cell<usize>,
}

thread_local! {
    static LATE: Late = Late::default();
}

impl Drop for Late {
    fn drop(&mut self) {
        assert!(mine().is_none(), "this destructor does not run behind that of the arena");
        self.slots.take().into_iter().for_each(end);
        for _ in 0..self.starts.get() {
            let outer = open();
            end(open());
            end(outer);
        }
        assert!(mine_or_left().is_none_or(Arena::is_in_block), "the arena stays this thread's for nothing");
    }
}

/// The arenas that so many threads have had, one after the other.
fn arenas(work: fn()) -> usize {
    let one = move || {
        // The first to be used is dropped last.
        LATE.with(|_| ());
        work();
        // It may have no arena yet.
        mine_or_left().map_or(0, |arena| ptr::from_ref(arena).addr())
    };
    (0..THREADS).map(|_| std::thread::spawn(one).join().unwrap()).collect::<HashSet<_>>().len()
}

#[test]
#[cfg_attr(windows, ignore = "there the value that was used first is not dropped last")]
fn a_thread_that_ends_its_blocks_in_its_last_moments_leaves_its_arena_to_the_next() {
    let threads = arenas(|| LATE.with(|late| late.slots.set(vec![open(), open()])));
    assert!(threads < THREADS / 2, "{threads} arenas");
}

#[test]
#[cfg_attr(windows, ignore = "there the value that was used first is not dropped last")]
fn a_thread_that_starts_a_block_in_its_last_moments_leaves_its_arena_to_the_next() {
    let threads = arenas(|| {
        LATE.with(|late| {
            late.slots.set(vec![open()]);
            late.starts.set(2);
        });
    });
    assert!(threads < THREADS / 2, "{threads} arenas");
}

/// Nobody ends it any more: it is not to become one of the next thread's.
#[test]
#[cfg_attr(windows, ignore = "there the value that was used first is not dropped last")]
fn c13_an_arena_with_a_block_that_nobody_ends_stays_as_it_is() {
    let leaks = || {
        LATE.with(|late| late.slots.set(vec![open()]));
        (ptr::from_ref(open()).addr(), ptr::from_ref(acquire()).addr())
    };
    let (leaked, arena) = std::thread::spawn(leaks).join().unwrap();
    for _ in 0..20 {
        let theirs = std::thread::spawn(|| {
            let slot = open();
            end(slot);
            ptr::from_ref(acquire()).addr()
        });
        assert_ne!(theirs.join().unwrap(), arena);
    }
    let leaked = all().flat_map(Arena::slots).find(|slot| ptr::from_ref(*slot).addr() == leaked).unwrap();
    assert!(leaked.is_open());
    // For the other tests, which look at all blocks.
    leaked.free();
}
