//! C26: whether the main thread has handled the `KeyboardInterrupt` that it met, so that the shutdown is over.
//!
//! Only the face can see what a program is handling, and it can look only when the main thread comes by. When it may conclude
//! something from what it sees is a rule; the looking is not.

use super::{Census, Effects, Ending, Machine, Phase, SAME_ATTEMPT};
use crate::event::ShutdownEvent;
use crate::time::Time;

/// Where the main thread comes by, and can look.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Occasion {
    /// Between two bytecodes, so anywhere.
    Anywhere,
    /// The program asks whether a shutdown is pending.
    Question,
    /// The program starts a block, requests a shutdown, or its code has ended.
    Step,
}

/// The events behind the delivery: if the program has handled what was delivered, they begin a shutdown of their own
/// (C26).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(super) struct Later {
    pub(super) first: Option<ShutdownEvent>,
    pub(super) last: Option<ShutdownEvent>,
    pub(super) attempts: u32,
    pub(super) window: bool,
    /// By the index of a kind: has one of that kind come?
    pub(super) kinds: [bool; ShutdownEvent::COUNT],
}

impl Machine {
    /// May the face conclude from what the main thread handles now whether it has [handled](super::Input::Handled) what it met?
    /// `asked`: this is for an event that has come since; `in_block`: the main thread has a block open.
    pub(crate) fn concludes(&self, occasion: Occasion, asked: bool, in_block: impl FnOnce() -> bool) -> bool {
        self.can_have_been_handled()
            && match occasion {
                // A call that no event has made says nothing of the program's intentions.
                Occasion::Anywhere => asked,
                // C9 before C26: what was swallowed inside a block stays until that has ended.
                Occasion::Question => !in_block(),
                Occasion::Step => true,
            }
    }

    /// May the program have handled what was delivered, and live on (C26)? Only a `KeyboardInterrupt` can be over; and the
    /// main thread has to say.
    pub(super) fn can_have_been_handled(&self) -> bool {
        let met = matches!(self.phase, Phase::Delivered { .. }) && self.raising.met;
        met && self.rules.raises && self.raising.interrupt && !self.exiting
    }

    /// C26 before C5: the attempt that would be the last may be one of a shutdown of its own. A main thread that has not
    /// said so when the next one comes does not run.
    pub(super) fn asks_first(&mut self, now: Time) -> bool {
        if !self.can_have_been_handled() {
            return false;
        }
        let is_in_time = now <= self.raising.asked.get_or_insert(now).plus(SAME_ATTEMPT);
        // So this one is behind the last.
        self.forced = !is_in_time;
        is_in_time
    }

    /// The program is still handling what was delivered: what has come since changes nothing (C20), but for the last attempt.
    /// And where the system will end the process, to have handled it is not the end of the matter.
    pub(super) fn handling(&mut self, now: Time, census: Census) -> Effects {
        if self.enforced_at() == Time::NEVER {
            self.raising.later = Later::default();
        }
        match (self.raising.asked.take(), self.last) {
            (Some(_), Some(last)) => self.force(last, now, census),
            _ => Effects::default(),
        }
    }

    /// C26: after one `KeyboardInterrupt` that was handled, nothing is pending any more; what has come since begins anew.
    pub(super) fn handled(&mut self, now: Time, census: Census) -> Effects {
        let later = self.raising.later;
        if !self.can_have_been_handled() || !self.can_be_forgotten() {
            return Effects::default();
        }
        let counted = self.counted;
        self.forget();
        let Some(first) = later.first else { return Effects::default() };
        (self.first, self.last, self.attempts) = (Some(first), later.last, later.attempts);
        self.raising.mixed = later.last.map(ShutdownEvent::kind) != later.first.map(ShutdownEvent::kind);
        self.window_came = later.window;
        // C2: what else comes of their kinds within 50 ms is the same attempt, of each kind.
        for ((counted, before), came) in self.counted.iter_mut().zip(counted).zip(later.kinds) {
            *counted = before.filter(|_| came);
        }
        self.phase = Phase::Pending;
        let announce = Effects { announce: true, ..Effects::default() };
        match later.last {
            Some(last) if self.attempts >= self.rules.max_attempts => announce.and(self.force(last, now, census)),
            _ => announce.and(self.settle(Ending::Unwinding, now, census)),
        }
    }
}
