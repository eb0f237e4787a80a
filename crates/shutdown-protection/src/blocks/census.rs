//! Looking at the open blocks of all threads.

use std::panic::Location;
use std::ptr;
use std::time::Duration;

use super::arena::{self, Arena};
use super::seen::Seen;
use super::slot::{Slot, State};
use crate::machine::{Bounds, Holding, Nest};
use crate::time::Time;

/// Remembers a block that holds the end, so that the next question need not look at all blocks again: with
/// 100,000 blocks that end one after another, each is looked at about once.
pub(crate) struct Witness {
    arena: *const Arena,
    index: usize,
}

// SAFETY: the pointer is to an arena, which is `Sync` and never freed, or null.
unsafe impl Send for Witness {}

impl Witness {
    pub(crate) const fn new() -> Self {
        Self { arena: ptr::null(), index: 0 }
    }

    /// Is there a block that is open, has not lapsed, and counts? Its deadline. The engine has passed the
    /// [heavy barrier](crate::gate::Gate::heavy) before.
    pub(crate) fn holds(&mut self, now: Time, bounds: Bounds, holding: Holding) -> Option<Time> {
        let holds = |arena: &Arena, slot: &'static Slot| {
            let deadline = holds_until(slot, now, bounds)?;
            let number = (arena.is_mains() && !slot.is_future()).then(|| slot.serial());
            holding.counts(slot.started(), number).then_some(deadline)
        };
        // From the witness on, then from the beginning up to it.
        let mut from = self.index;
        // SAFETY: null or never freed.
        let begin = unsafe { self.arena.as_ref() };
        let rest = begin.into_iter().flat_map(|begin| arena::all().skip_while(move |arena| !ptr::eq(*arena, begin)));
        for arena in rest.chain(arena::all()) {
            for (index, slot) in arena.slots_from(from) {
                if let Some(deadline) = holds(arena, slot) {
                    *self = Self { arena, index };
                    return Some(deadline);
                }
            }
            from = 0;
        }
        *self = Self::new();
        None
    }
}

/// Its deadline, if the slot is an open block that has not lapsed.
fn holds_until(slot: &Slot, now: Time, bounds: Bounds) -> Option<Time> {
    if !slot.is_open() {
        return None;
    }
    let deadline = slot.deadline(Some(bounds))?;
    (deadline > now).then_some(deadline)
}

/// Does a block of another owner than this thread hold the end? Its deadline. A future that was polled last
/// by this thread, the main one, is left out: it cannot go on while this thread waits for it (C18: "never
/// inside an event loop").
pub(crate) fn held_by_others(now: Time, bounds: Bounds) -> Option<Time> {
    let is_main = crate::os::thread::is_main();
    arena::all()
        .flat_map(|arena| arena.slots().map(move |slot| (arena, slot)))
        .filter(
            |(arena, slot)| {
                if slot.is_future() { !(is_main && slot.is_future_on_main()) } else { !arena.is_mine() }
            },
        )
        .find_map(|(_, slot)| holds_until(slot, now, bounds))
}

/// Is there an owner that was told to stop, and has not let go of its block?
pub(crate) fn someone_unwinds() -> bool {
    arena::all().flat_map(Arena::slots).any(|slot| matches!(slot.state(), State::Interrupted | State::Failed))
}

/// Where a block of this thread stands among the thread's others. `own`: the block itself, if it is open
/// already. Only a block that was started before it is around it (C13); the owner's deadline is the latest of all.
pub(crate) fn nest_in_thread(own: Option<&Slot>, now: Time, bounds: Option<Bounds>) -> Nest {
    let mut nest = Nest::default();
    let own = own.filter(|own| own.is_open());
    let Some(arena) = arena::mine_or_left() else { return nest };
    for slot in arena.slots().filter(|slot| slot.is_open() && !slot.is_future()) {
        let deadline = slot.deadline(bounds).unwrap_or(Time::NEVER);
        nest.deadline = nest.deadline.max(Some(deadline));
        if own.is_none_or(|own| !ptr::eq(own, slot) && slot.is_older_than(own)) {
            // C22: a lapsed block shields nothing; but its owner may be handling what it was told (C12).
            nest.outer_open |= deadline > now || slot.state() != State::Open;
            nest.outer_holds |= deadline > now;
        }
    }
    nest
}

/// Does a block of the main thread hold back a guest, for an event that came when the thread had started
/// `serial` blocks (C27)? Its deadline. `event`: when it came, or that with the limit that the system has set.
pub(crate) fn main_holds_guest(serial: u64, now: Time, event: impl Into<Bounds>) -> Option<Time> {
    let bounds = event.into();
    arena::main()?
        .slots()
        .filter(|slot| !slot.is_future() || slot.is_future_on_main())
        .filter(|slot| slot.serial() <= serial)
        .find_map(|slot| holds_until(slot, now, bounds))
}

/// An open block, as [`open_blocks()`](crate::open_blocks) found it.
///
/// ```
/// use shutdown_protection::{ShutdownProtection, open_blocks};
///
/// let block = ShutdownProtection::builder().name("transfer").start()?;
/// let blocks = open_blocks();
/// let transfer = blocks.iter().find(|block| block.name() == Some("transfer")).unwrap();
/// println!("{transfer:?}");
/// # drop(block);
/// # Ok::<(), shutdown_protection::Interrupted>(())
/// ```
#[derive(Debug, Clone)]
pub struct OpenBlock {
    name: Option<&'static str>,
    location: &'static Location<'static>,
    age: Duration,
    remaining: Option<Duration>,
}

impl OpenBlock {
    /// The name that it was given.
    ///
    /// ```
    /// use shutdown_protection::{ShutdownProtection, open_blocks};
    ///
    /// let block = ShutdownProtection::builder().name("transfer").start()?;
    /// let blocks = open_blocks();
    /// let transfer = blocks.iter().find(|block| block.name() == Some("transfer")).unwrap();
    /// println!("{}", transfer.name().unwrap_or("a block without a name"));
    /// # drop(block);
    /// # Ok::<(), shutdown_protection::Interrupted>(())
    /// ```
    #[must_use]
    pub fn name(&self) -> Option<&'static str> {
        self.name
    }

    /// Where it was started.
    ///
    /// ```
    /// use shutdown_protection::{ShutdownProtection, open_blocks};
    ///
    /// let block = ShutdownProtection::builder().name("transfer").start()?;
    /// let blocks = open_blocks();
    /// let transfer = blocks.iter().find(|block| block.name() == Some("transfer")).unwrap();
    /// println!("started in {}", transfer.location());
    /// # drop(block);
    /// # Ok::<(), shutdown_protection::Interrupted>(())
    /// ```
    #[must_use]
    pub fn location(&self) -> &'static Location<'static> {
        self.location
    }

    /// How long ago it was started, give or take some milliseconds.
    ///
    /// ```
    /// use shutdown_protection::{ShutdownProtection, open_blocks};
    ///
    /// let block = ShutdownProtection::builder().name("transfer").start()?;
    /// let blocks = open_blocks();
    /// let transfer = blocks.iter().find(|block| block.name() == Some("transfer")).unwrap();
    /// println!("{:?} ago", transfer.age());
    /// # drop(block);
    /// # Ok::<(), shutdown_protection::Interrupted>(())
    /// ```
    #[must_use]
    pub fn age(&self) -> Duration {
        self.age
    }

    /// The time that it has left; zero if it has lapsed, `None` for a `drain_time` that does not run yet.
    ///
    /// ```
    /// use shutdown_protection::{ShutdownProtection, open_blocks};
    ///
    /// let block = ShutdownProtection::builder().name("transfer").start()?;
    /// let blocks = open_blocks();
    /// let transfer = blocks.iter().find(|block| block.name() == Some("transfer")).unwrap();
    /// println!("{:?} left", transfer.remaining());
    /// # drop(block);
    /// # Ok::<(), shutdown_protection::Interrupted>(())
    /// ```
    #[must_use]
    pub fn remaining(&self) -> Option<Duration> {
        self.remaining
    }

    fn new(seen: &Seen, now: Time) -> Self {
        Self {
            name: seen.name,
            location: seen.location,
            age: seen.started.until(now),
            remaining: seen.deadline.map(|deadline| now.until(deadline)),
        }
    }
}

/// All open blocks, as they are now. Blocks that start or end meanwhile may be there or not.
pub(crate) fn open(now: Time, bounds: Option<Bounds>) -> Vec<OpenBlock> {
    arena::all()
        .flat_map(Arena::slots)
        .filter_map(|slot| slot.see(bounds))
        .map(|seen| OpenBlock::new(&seen, now))
        .collect()
}
