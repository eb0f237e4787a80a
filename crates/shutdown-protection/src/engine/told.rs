//! Who was told to stop.
//!
//! Owners have numbers for this, which no other owner of the process ever gets: the addresses of futures and the
//! handles of threads become those of others.

use std::cell::Cell;
use std::collections::HashSet;
use std::sync::atomic::{AtomicU64, Ordering};

/// Odd numbers: a task of another face is known by its address, which is an even one.
static NEXT: AtomicU64 = AtomicU64::new(1);

thread_local! {
    /// 0: none yet. Plain data without a destructor: usable at any time of the thread's life.
    static MINE: Cell<u64> = const { Cell::new(0) };
}

fn next() -> u64 {
    NEXT.fetch_add(2, Ordering::Relaxed)
}

/// The number of this thread.
pub(crate) fn this_thread() -> u64 {
    if MINE.get() == 0 {
        MINE.set(next());
    }
    MINE.get()
}

/// The number of the owner that keeps it in this place, which is 0 before the first question.
pub(crate) fn number_in(place: &AtomicU64) -> u64 {
    match place.load(Ordering::Relaxed) {
        0 => {
            let new = next();
            let known = place.compare_exchange(0, new, Ordering::Relaxed, Ordering::Relaxed);
            known.map_or_else(|known| known, |_| new)
        }
        known => known,
    }
}

/// The owners that were interrupted in this shutdown, each once. Mostly it is one, which needs no hashing.
#[derive(Default)]
pub(crate) struct ToldOwners {
    first: Option<u64>,
    more: HashSet<u64>,
}

impl ToldOwners {
    pub(crate) fn insert(&mut self, owner: u64) {
        if *self.first.get_or_insert(owner) != owner {
            self.more.insert(owner);
        }
    }

    pub(crate) fn len(&self) -> usize {
        usize::from(self.first.is_some()) + self.more.len()
    }

    pub(crate) fn is_empty(&self) -> bool {
        self.first.is_none()
    }

    pub(crate) fn clear(&mut self) {
        self.first = None;
        self.more.clear();
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn c26_owners_that_follow_one_another_have_numbers_of_their_own() {
        let mut told = ToldOwners::default();
        let refused = || (this_thread(), this_thread());
        for _ in 0..5 {
            let (first, again) = std::thread::spawn(refused).join().unwrap();
            assert_eq!(first, again);
            told.insert(first);
            let place = AtomicU64::new(0);
            told.insert(number_in(&place));
            told.insert(number_in(&place));
        }
        assert_eq!(told.len(), 10);
    }

    #[test]
    fn c26_an_owner_is_counted_once() {
        let mut told = ToldOwners::default();
        assert_eq!((told.is_empty(), told.len()), (true, 0));
        for owner in [7, 7, 8, 9, 8, 7] {
            told.insert(owner);
        }
        assert!(!told.is_empty() && told.len() == 3);
        told.clear();
        assert_eq!((told.is_empty(), told.len()), (true, 0));
        told.insert(8);
        assert_eq!(told.len(), 1);
    }
}
