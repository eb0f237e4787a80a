//! How a handler wakes those who wait for a word to change.
//!
//! Who waits without a limit waits at the word's address, which needs no handle. Its limits, though, are counted in the
//! ticks of the system, 15.6 ms. So who waits with a limit has an event and a timer of high resolution instead.

use std::ptr;
use std::sync::atomic::{AtomicPtr, AtomicU32, Ordering};
use std::time::Duration;

use windows_sys::Win32::Foundation::HANDLE;
use windows_sys::Win32::System::Threading::{
    CREATE_WAITABLE_TIMER_HIGH_RESOLUTION, CreateEventW, CreateWaitableTimerExW, INFINITE, SetEvent, SetWaitableTimer,
    TIMER_ALL_ACCESS, WaitForMultipleObjects, WaitOnAddress, WakeByAddressAll,
};

/// A place for one who waits with a limit. Its handles are made by the first who takes it, and stay.
struct Place {
    /// The word that is waited for; null: the place is free.
    word: AtomicPtr<u32>,
    event: AtomicPtr<std::ffi::c_void>,
    timer: AtomicPtr<std::ffi::c_void>,
}

/// More who wait at once do so without the high resolution.
const PLACES: usize = 64;
static PLACE: [Place; PLACES] = [const {
    Place {
        word: AtomicPtr::new(ptr::null_mut()),
        event: AtomicPtr::new(ptr::null_mut()),
        timer: AtomicPtr::new(ptr::null_mut()),
    }
}; PLACES];

/// A ring wakes all who wait: [`wait()`](crate::wait) may wait here, too.
pub(crate) const WAKES_ALL: bool = true;

/// Waits until `word` is no longer `expected`, or the time is up, or for no reason.
pub(crate) fn wait(word: &AtomicU32, expected: u32, limit: Option<Duration>) {
    let Some(limit) = limit else { return at_address(word, expected, INFINITE) };
    let Some(place) = Place::take(word) else {
        let millis = limit.as_nanos().div_ceil(1_000_000).min(u128::from(INFINITE - 1));
        return at_address(word, expected, millis as u32);
    };
    // The word behind the place, the place behind the word in `wake`: one of both sees the other.
    if word.load(Ordering::SeqCst) == expected {
        place.wait(limit);
    }
    place.word.store(ptr::null_mut(), Ordering::SeqCst);
}

fn at_address(word: &AtomicU32, expected: u32, millis: u32) {
    // SAFETY: both words live for the call, and have the size that is given.
    unsafe { WaitOnAddress(word.as_ptr().cast(), ptr::from_ref(&expected).cast(), size_of::<u32>(), millis) };
}

/// Wakes those who wait.
pub(crate) fn wake(word: &AtomicU32) {
    // SAFETY: an address, which is compared and not read.
    unsafe { WakeByAddressAll(word.as_ptr().cast()) };
    for place in &PLACE {
        if place.word.load(Ordering::SeqCst) == word.as_ptr() {
            // SAFETY: an event of ours, which is never closed. Should the place have changed hands: a wake-up for no reason.
            unsafe { SetEvent(place.event.load(Ordering::SeqCst)) };
        }
    }
}

impl Place {
    /// Takes a free one that has its handles.
    fn take(word: &AtomicU32) -> Option<&'static Self> {
        PLACE.iter().find(|place| place.is_taken_for(word))
    }

    fn is_taken_for(&self, word: &AtomicU32) -> bool {
        /// Taken, and not yet for a word.
        const TAKEN: *mut u32 = ptr::dangling_mut();
        if !self.word.load(Ordering::Relaxed).is_null()
            || self.word.compare_exchange(ptr::null_mut(), TAKEN, Ordering::SeqCst, Ordering::Relaxed).is_err()
        {
            return false;
        }
        let ready = !self.timer.load(Ordering::SeqCst).is_null() || self.make();
        self.word.store(if ready { word.as_ptr() } else { ptr::null_mut() }, Ordering::SeqCst);
        ready
    }

    /// Makes the handles, by the one who has taken the place.
    fn make(&self) -> bool {
        // SAFETY: no names and no attributes. Windows before 10 (1803) refuses the high resolution.
        let (event, timer) = unsafe {
            let timer = |flags| CreateWaitableTimerExW(ptr::null(), ptr::null(), flags, TIMER_ALL_ACCESS);
            let precise = timer(CREATE_WAITABLE_TIMER_HIGH_RESOLUTION);
            (CreateEventW(ptr::null(), 0, 0, ptr::null()), if precise.is_null() { timer(0) } else { precise })
        };
        // Of two handles the other is of no use, and lost: the system has no memory left.
        let made = !event.is_null() && !timer.is_null();
        if made {
            self.event.store(event, Ordering::SeqCst);
            self.timer.store(timer, Ordering::SeqCst);
        }
        made
    }

    fn wait(&self, limit: Duration) {
        let handles: [HANDLE; 2] = [self.event.load(Ordering::SeqCst), self.timer.load(Ordering::SeqCst)];
        // In units of 100 ns, negative: from now on.
        let due = -i64::try_from(limit.as_nanos().div_ceil(100)).unwrap_or(i64::MAX);
        // SAFETY: handles of ours, which are never closed, and a number of ours.
        unsafe {
            if SetWaitableTimer(handles[1], &raw const due, 0, None, ptr::null(), 0) != 0 {
                WaitForMultipleObjects(2, handles.as_ptr(), 0, INFINITE);
            }
        }
    }
}

/// Nothing is needed to begin with.
pub(crate) fn prepare() -> std::io::Result<()> {
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::time::Time;

    fn is_woken(limit: Option<Duration>) {
        let word = AtomicU32::new(0);
        std::thread::scope(|scope| {
            scope.spawn(|| {
                word.store(1, Ordering::SeqCst);
                wake(&word);
            });
            while word.load(Ordering::SeqCst) == 0 {
                wait(&word, 0, limit);
            }
        });
    }

    #[test]
    fn c25_a_waiter_sleeps_until_it_is_woken() {
        is_woken(None);
        is_woken(Some(Duration::from_secs(3600)));
    }

    #[test]
    fn c25_all_who_wait_are_woken_with_a_limit_or_without() {
        let word = AtomicU32::new(0);
        std::thread::scope(|scope| {
            // More than there are places.
            for waiter in 0..PLACES + 8 {
                let limit = (waiter % 8 != 0).then_some(Duration::from_secs(3600));
                let word = &word;
                scope.spawn(move || {
                    while word.load(Ordering::SeqCst) == 0 {
                        wait(word, 0, limit);
                    }
                });
            }
            std::thread::sleep(Duration::from_millis(50));
            word.store(1, Ordering::SeqCst);
            wake(&word);
        });
    }

    #[test]
    fn c11_a_limit_is_not_cut_short() {
        let (word, begin) = (AtomicU32::new(0), Time::now());
        let limit = Duration::from_micros(2_500);
        while begin.until(Time::now()) < limit {
            wait(&word, 0, Some(limit.saturating_sub(begin.until(Time::now()))));
        }
        assert!(begin.until(Time::now()) >= limit);
    }
}
