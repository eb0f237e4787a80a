//! Which blocks an owner has open, without looking at all blocks.
//!
//! While nothing is pending nobody asks, and owners keep no list: starting a block costs nothing for it. The first question of a
//! shutdown makes the index, if there are more than a few slots, by one look at all of them; so 100,000 tasks that break one after another cost one look each.
//!
//! It is complete as long as the shutdown is pending: who started a block before did so before the [heavy
//! barrier](crate::gate::Gate::heavy), and who starts one now does it under the engine's lock. Ends are not noted: each answer leaves
//! out what is not the owner's any more.

use std::collections::HashMap;
use std::ops::ControlFlow;
use std::ptr;

use super::arena::{self, Arena};
use super::slot::Slot;

/// An owner, as slots tell it. The blocks of Rust's futures are not asked for here.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(crate) enum Owner {
    /// The thread that has the arena at this address.
    Thread(usize),
    Task(u64),
}

impl Owner {
    pub(crate) fn thread(arena: &Arena) -> Self {
        Self::Thread(ptr::from_ref(arena).addr())
    }

    fn of(arena: &Arena, slot: &Slot) -> Option<Self> {
        match slot.task() {
            0 if slot.is_future() => None,
            0 => Some(Self::thread(arena)),
            task => Some(Self::Task(task)),
        }
    }

    /// Does it have this block open? The slot is of its thread's arena, or was a task's once.
    fn has(self, slot: &Slot) -> bool {
        slot.is_open()
            && match self {
                Self::Thread(_) => !slot.is_future(),
                Self::Task(task) => slot.task() == task,
            }
    }
}

/// To look at so many slots costs less than an index of them. In tests there is one always.
const FEW: usize = if cfg!(test) { 0 } else { 16 };

fn are_few() -> bool {
    arena::all().flat_map(Arena::slots).nth(FEW).is_none()
}

/// Nearly every owner has one.
struct Blocks {
    first: &'static Slot,
    more: Vec<&'static Slot>,
}

#[derive(Default)]
pub(crate) struct Owners(Option<HashMap<Owner, Blocks>>);

impl Owners {
    /// Looks at the open blocks of this owner, until `look` has seen enough. `is_pending`: a shutdown is; else all slots are
    /// looked at.
    pub(crate) fn each(
        &mut self,
        owner: Owner,
        is_pending: bool,
        mut look: impl FnMut(&'static Slot) -> ControlFlow<()>,
    ) {
        if !is_pending || self.0.is_none() && are_few() {
            let _ = all().filter(|(of, _)| *of == owner).try_for_each(|(_, slot)| look(slot));
            return;
        }
        let known = self.0.get_or_insert_with(index).get(&owner);
        if let Some(known) = known {
            let slots = std::iter::once(&known.first).chain(&known.more);
            let _ = slots.filter(|slot| owner.has(slot)).try_for_each(|slot| look(slot));
        }
    }

    /// A block was opened under the engine's lock.
    pub(crate) fn add(&mut self, arena: &Arena, slot: &'static Slot) {
        if let (Some(index), Some(owner)) = (&mut self.0, Owner::of(arena, slot)) {
            note(index, owner, slot);
        }
    }

    /// The shutdown is over: blocks start without the lock again.
    pub(crate) fn forget(&mut self) {
        self.0 = None;
    }
}

fn note(index: &mut HashMap<Owner, Blocks>, owner: Owner, slot: &'static Slot) {
    let Some(known) = index.get_mut(&owner) else {
        index.insert(owner, Blocks { first: slot, more: Vec::new() });
        return;
    };
    if !owner.has(known.first) {
        known.first = slot;
    }
    known.more.retain(|more| owner.has(more) && !ptr::eq(*more, slot));
    if !ptr::eq(known.first, slot) {
        known.more.push(slot);
    }
}

fn index() -> HashMap<Owner, Blocks> {
    let mut index: HashMap<Owner, Blocks> = HashMap::new();
    for (owner, slot) in all() {
        match index.get_mut(&owner) {
            Some(known) => known.more.push(slot),
            None => _ = index.insert(owner, Blocks { first: slot, more: Vec::new() }),
        }
    }
    index
}

fn all() -> impl Iterator<Item = (Owner, &'static Slot)> {
    let of_arena = |arena: &'static Arena| {
        arena.slots().filter(|slot| slot.is_open()).filter_map(move |slot| Some((Owner::of(arena, slot)?, slot)))
    };
    arena::all().flat_map(of_arena)
}

#[cfg(all(test, not(loom)))]
mod tests {
    use super::*;
    use crate::blocks::face_slot::Holder;
    use crate::blocks::options::Options;
    use crate::time::{Span, Time};

    const OPTIONS: Options = Options { budget: Span(1), drain: false, regardless: false, name: None };

    fn open(arena: &Arena, task: u64) -> &'static Slot {
        let (slot, serial) = arena.take();
        let holder = Holder { tag: ptr::null(), task, in_loop: false, on_main: false };
        slot.open_for(&holder, &OPTIONS, serial, 0, Time(0));
        slot
    }

    fn blocks(owners: &mut Owners, owner: Owner, is_pending: bool) -> Vec<&'static Slot> {
        let mut blocks = Vec::new();
        owners.each(owner, is_pending, |slot| {
            blocks.push(slot);
            ControlFlow::Continue(())
        });
        blocks
    }

    fn addresses(slots: &[&'static Slot]) -> Vec<usize> {
        let mut addresses: Vec<_> = slots.iter().map(|slot| ptr::from_ref(*slot).addr()).collect();
        addresses.sort_unstable();
        addresses
    }

    #[test]
    fn c13_an_owner_is_asked_for_its_own_open_blocks_whether_they_were_there_or_came_later() {
        std::thread::spawn(|| {
            let arena = arena::acquire();
            // No address of a task of another test.
            let (one, other) = (u64::MAX - 1, u64::MAX - 3);
            let mut owners = Owners::default();
            let mut slots = vec![open(arena, one), open(arena, other), open(arena, one), open(arena, 0)];
            let thread = Owner::thread(arena);
            for is_pending in [false, true] {
                let mut of = |owner| addresses(&blocks(&mut owners, owner, is_pending));
                assert_eq!(of(Owner::Task(one)), addresses(&[slots[0], slots[2]]));
                assert_eq!(of(Owner::Task(other)), addresses(&[slots[1]]));
                assert_eq!(of(thread), addresses(&[slots[3]]));
            }
            // The first one's first block ends, its slot becomes the other's; then one more comes.
            slots[0].free();
            arena.give(slots[0]);
            for task in [other, one, 0] {
                let slot = open(arena, task);
                owners.add(arena, slot);
                slots.push(slot);
            }
            assert!(ptr::eq(slots[0], slots[4]));
            for is_pending in [true, false] {
                let mut of = |owner| addresses(&blocks(&mut owners, owner, is_pending));
                assert_eq!(of(Owner::Task(one)), addresses(&[slots[2], slots[5]]));
                assert_eq!(of(Owner::Task(other)), addresses(&[slots[1], slots[4]]));
                assert_eq!(of(thread), addresses(&[slots[3], slots[6]]));
            }
            // Behind the shutdown nothing is known of what comes.
            let late = open(arena, one);
            slots.push(late);
            owners.forget();
            assert_eq!(addresses(&blocks(&mut owners, Owner::Task(one), true)), addresses(&[slots[2], slots[5], late]));
            for slot in &slots[1..] {
                slot.free();
                arena.give(slot);
            }
            assert!(
                blocks(&mut owners, Owner::Task(one), true).is_empty() && blocks(&mut owners, thread, true).is_empty()
            );
        })
        .join()
        .unwrap();
    }

    #[test]
    fn c13_a_slot_that_an_owner_uses_again_and_again_is_its_once() {
        std::thread::spawn(|| {
            let arena = arena::acquire();
            let owner = Owner::Task(u64::MAX - 5);
            let mut owners = Owners::default();
            let outer = open(arena, u64::MAX - 5);
            assert_eq!(blocks(&mut owners, owner, true).len(), 1);
            for _ in 0..1_000 {
                let inner = open(arena, u64::MAX - 5);
                owners.add(arena, inner);
                assert_eq!(addresses(&blocks(&mut owners, owner, true)), addresses(&[outer, inner]));
                inner.free();
                arena.give(inner);
            }
            outer.free();
            arena.give(outer);
        })
        .join()
        .unwrap();
    }
}
