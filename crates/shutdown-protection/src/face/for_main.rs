//! What waits for the main thread's turn.

use super::{get, turn};
use crate::machine::Effects;
use crate::time::{Span, Time};

/// Levels, which stay until they are taken.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(crate) struct ForMain {
    pub(crate) before_hup: bool,
    pub(crate) before_termination: bool,
    pub(crate) tell: bool,
    /// Its blocks have lapsed while others hold the end: it is to wait (C18).
    pub(crate) lapsed: bool,
    /// It is to look whether what it was told has been handled (C26).
    pub(crate) ask: bool,
    /// What it was woken for last.
    woken_for: u8,
    looks: u32,
}

impl ForMain {
    pub(crate) fn take_over(&mut self, effects: &mut Effects) {
        if get().is_some() {
            self.before_hup |= std::mem::take(&mut effects.call_before_hup);
            self.before_termination |= std::mem::take(&mut effects.call_before_termination);
            self.tell |= std::mem::take(&mut effects.tell);
            self.ask |= std::mem::take(&mut effects.ask);
        }
    }

    pub(crate) fn any(&self) -> bool {
        self.bits() != 0
    }

    fn bits(&self) -> u8 {
        u8::from(self.before_hup)
            | u8::from(self.before_termination) << 1
            | u8::from(self.tell) << 2
            | u8::from(self.lapsed) << 3
            | u8::from(self.ask) << 4
    }

    /// Wakes the main thread for what is new; `true`: it did, and the supervisor has to see to it that it was not in vain.
    pub(crate) fn wake(&mut self) -> bool {
        let bits = self.bits();
        let wakes = bits & !self.woken_for != 0 && !turn::is_attending();
        if wakes {
            if let Some(face) = get() {
                face.wake_main();
            }
            self.looks = 0;
        }
        self.woken_for = bits;
        wakes
    }

    /// For the supervisor: a wake-up can come to the main thread just before it blocks, and be lost; so it is repeated.
    pub(crate) fn look_again(&mut self) -> Option<Time> {
        if !self.any() {
            return None;
        }
        if self.looks > 0 {
            if let Some(face) = get() {
                face.wake_main();
            }
        }
        self.looks = (self.looks + 1).min(6);
        Some(Time::now().plus(Span::from_millis(1 << (self.looks - 1))))
    }

    /// After a cancelled shutdown: a SIGHUP that came is called for all the same.
    pub(crate) fn forget(&mut self) {
        *self = Self { before_hup: self.before_hup, ..Self::default() };
    }
}
