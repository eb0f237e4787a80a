//! Who was told to stop.

use std::collections::HashSet;

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
