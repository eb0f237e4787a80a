//! The one thread of our own: waits for events and deadlines, feeds the machine, and carries out what is due.
//!
//! It has every signal blocked, runs no callback and no logger of the user, and holds no lock while it acts;
//! so nothing that the program does can stop a deadline. While nothing is pending it sleeps without a limit
//! (C25).

use std::cmp::Reverse;
use std::collections::BinaryHeap;
use std::io;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread::JoinHandle;

use crate::blocks::arena::{self, Arena};
use crate::blocks::future_slot::FutureSlot;
use crate::callback;
use crate::engine::{DOORBELL, Due, Engine};
use crate::fork_lock::ForkLock;
use crate::future::AsyncBlock;
use crate::host::HOST;
use crate::machine::Bounds;
use crate::os;
use crate::panics;
use crate::report;
use crate::time::{Span, Time};

/// Starts the supervisor of this engine.
pub(crate) fn start(engine: &'static Engine) -> io::Result<()> {
    let thread = os::thread::spawn_masked("shutdown-superv", move || {
        os::thread::precise_timers();
        let mut watch = Watch { heap: BinaryHeap::new(), limit: Time::NEVER };
        loop {
            let heard = DOORBELL.hear();
            if PAUSE.load(Ordering::SeqCst) {
                return;
            }
            let due = engine.supervise();
            let (exact, again) = (due.exact, due.again);
            // Wakers are the runtimes' code, and dropping one may drop a task. Should it panic, the supervisor lives on.
            let deadline = panics::contain(|| carry_out(engine, due, &mut watch), |_| {});
            // What it left undone is looked at again soon.
            let deadline = deadline.unwrap_or_else(|| Some(Time::now().plus(LOOK_AGAIN)));
            let exact = [exact, deadline].into_iter().flatten().min();
            wait(heard, exact, again);
        }
    })?;
    // In the child of a fork, what stands there is a thread of the parent's, which must not even be detached.
    std::mem::forget(THREAD.lock().replace(thread));
    Ok(())
}

/// The system wakes a thread later than it says, the more so a processor that slept: by 0.04 to 0.16 ms, from the 10th to the 90th
/// percentile, on the machine of `docs/bench.md`. So much earlier the supervisor wakes for a deadline, and looks at the clock until
/// it has come.
const EARLIER: Span = Span(150_000);

/// Waits until it rings after `heard`, until `exact`, or about until `again`; may return for no reason.
fn wait(heard: u32, exact: Option<Time>, again: Option<Time>) {
    let early = exact.map(|exact| Time(exact.0.saturating_sub(EARLIER.0)));
    let until = [early, again].into_iter().flatten().min();
    DOORBELL.wait(heard, until.map(|until| Time::now().until(until)));
    let (Some(early), Some(exact)) = (early, exact) else { return };
    while DOORBELL.hear() == heard && (early..exact).contains(&Time::now()) {
        std::hint::spin_loop();
    }
}

/// The thread, for [`pause`].
static THREAD: ForkLock<Option<JoinHandle<()>>> = ForkLock::new(None);
static PAUSE: AtomicBool = AtomicBool::new(false);

pub(crate) fn is_running() -> bool {
    THREAD.lock().is_some()
}

/// Ends the thread, until [`start`] is called again. What comes meanwhile lies in the mailbox.
pub(crate) fn pause() -> bool {
    let Some(thread) = THREAD.lock().take() else { return false };
    PAUSE.store(true, Ordering::SeqCst);
    DOORBELL.ring();
    let _ = thread.join();
    PAUSE.store(false, Ordering::SeqCst);
    true
}

/// Carries out what is due; gives the next deadline of a future.
fn carry_out(engine: &'static Engine, due: Due, watch: &mut Watch) -> Option<Time> {
    let Due { effects, newcomers, release, settings, bounds, .. } = due;
    if let Some(event) = effects.die {
        engine.die(event);
    }
    match (settings, effects.call_before_hup, effects.call_before_termination) {
        (Some(settings), true, true) => {
            callback::before_hup_elsewhere(engine, Arc::clone(&settings));
            callback::before_termination_elsewhere(engine, settings);
        }
        (Some(settings), true, false) => callback::before_hup_elsewhere(engine, settings),
        (Some(settings), false, true) => callback::before_termination_elsewhere(engine, settings),
        _ => {}
    }
    release.send();
    if effects.announce {
        engine.requested.notify(usize::MAX);
        watch.collect();
        report::held(engine);
        report::replaced();
    }
    watch.add(newcomers);
    let futures = bounds.and_then(|bounds| watch.interrupt_due(bounds));
    let others = bounds.and_then(|bounds| crate::face::interrupt_due(engine, bounds));
    [futures, others].into_iter().flatten().min()
}

/// How long after it was woken a lapsed future is looked at again.
const LOOK_AGAIN: Span = Span::from_millis(50);

/// The futures whose deadlines are watched while a shutdown is pending. Lazy: an entry may be older than its
/// block's last renewal; that is seen when its time comes.
struct Watch {
    heap: BinaryHeap<Reverse<Entry>>,
    /// Where the last look found the limit of all deadlines (C21).
    limit: Time,
}

struct Entry(Time, Arc<AsyncBlock>);

impl Watch {
    /// Takes over the futures of all open blocks.
    fn collect(&mut self) {
        // Those of a shutdown that was cancelled may have been renewed since.
        self.look_at_all();
        let blocks = arena::all().flat_map(Arena::futures).filter(|slot| slot.is_open());
        self.add(blocks.filter_map(FutureSlot::take_block).collect());
    }

    fn look_at_all(&mut self) {
        let former = std::mem::take(&mut self.heap).into_iter().map(|Reverse(Entry(_, block))| block);
        let former = former.collect();
        self.add(former);
    }

    fn add(&mut self, blocks: Vec<Arc<AsyncBlock>>) {
        // Their first look is at once.
        for block in blocks {
            self.push(Time(0), block);
        }
    }

    /// A block may be in the heap more than once; only its newest entry counts. Relaxed: the supervisor alone uses it.
    fn push(&mut self, at: Time, block: Arc<AsyncBlock>) {
        block.next_look.store(at.0, Ordering::Relaxed);
        self.heap.push(Reverse(Entry(at, block)));
    }

    /// Interrupts the owners whose deadline has passed; gives the next deadline.
    fn interrupt_due(&mut self, bounds: Bounds) -> Option<Time> {
        let now = Time::now();
        if bounds.limit < std::mem::replace(&mut self.limit, bounds.limit) {
            self.look_at_all();
        }
        loop {
            let Reverse(Entry(at, _)) = self.heap.peek()?;
            if *at > now {
                return Some(*at);
            }
            let Reverse(Entry(at, block)) = self.heap.pop()?;
            if block.next_look.load(Ordering::Relaxed) != at.0 {
                continue;
            }
            match block.owner_deadline(bounds) {
                Some(deadline) if deadline > now => self.push(deadline, block),
                // Lapsed: the poll that follows sees it and drops the future; unless it was renewed just now, so look
                // again.
                Some(_) => {
                    HOST.interrupt(&block);
                    self.push(now.plus(LOOK_AGAIN), block);
                }
                // Ended.
                None => {}
            }
        }
    }
}

impl PartialEq for Entry {
    fn eq(&self, other: &Self) -> bool {
        self.0 == other.0
    }
}

impl Eq for Entry {}

impl PartialOrd for Entry {
    fn partial_cmp(&self, other: &Self) -> Option<std::cmp::Ordering> {
        Some(self.cmp(other))
    }
}

impl Ord for Entry {
    fn cmp(&self, other: &Self) -> std::cmp::Ordering {
        self.0.cmp(&other.0)
    }
}

#[cfg(test)]
mod tests {
    use std::sync::atomic::AtomicUsize;
    use std::task::{Wake, Waker};

    use super::*;

    #[derive(Default)]
    struct Woken(AtomicUsize);

    impl Wake for Woken {
        fn wake(self: Arc<Self>) {
            self.0.fetch_add(1, Ordering::SeqCst);
        }
    }

    /// A second event, which the system enforces: the first look was for the time that the block had then.
    #[test]
    fn c21_a_limit_that_comes_later_counts_for_futures_that_are_watched_already() {
        // A thread of its own, for an arena of its own.
        let asks = || {
            let woken = Arc::new(Woken::default());
            let now = Time::now();
            let block = AsyncBlock::opened(Span::from_millis(90_000), now, &Waker::from(Arc::clone(&woken)));
            let mut watch = Watch { heap: BinaryHeap::new(), limit: Time::NEVER };
            watch.add(vec![Arc::clone(&block)]);
            assert_eq!(watch.interrupt_due(now.into()), Some(now.plus(Span::from_millis(90_000))));
            let later = now.plus(Span::from_millis(60_000));
            assert_eq!(watch.interrupt_due(Bounds { first_at: now, limit: later }), Some(later));
            assert_eq!(woken.0.load(Ordering::SeqCst), 0, "before its deadline");
            let next = watch.interrupt_due(Bounds { first_at: now, limit: now });
            assert!(next.is_some_and(|next| next < later), "it is looked at again");
            assert_eq!(woken.0.load(Ordering::SeqCst), 1);
            block.close();
        };
        std::thread::spawn(asks).join().unwrap();
    }
}
