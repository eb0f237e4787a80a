//! Other systems than Linux: how a handler wakes the supervisor. A pipe, since no wake-up call of theirs is
//! documented as safe in a signal handler but `write`. The truth is in the word; the pipe only wakes.

use std::io;
use std::sync::atomic::{AtomicI32, AtomicU32, Ordering};
use std::time::Duration;

/// The ends of the pipe; -1 before [`prepare`]. A child of `fork` makes a new one.
static READ_END: AtomicI32 = AtomicI32::new(-1);
static WRITE_END: AtomicI32 = AtomicI32::new(-1);

/// Makes the pipe: both ends close on `exec` and never block.
pub(crate) fn prepare() -> io::Result<()> {
    let mut ends = [-1; 2];
    // SAFETY: the pointer is to two ints of ours.
    if unsafe { libc::pipe(ends.as_mut_ptr()) } != 0 {
        return Err(io::Error::last_os_error());
    }
    for end in ends {
        // SAFETY: the descriptor is ours and open.
        unsafe {
            libc::fcntl(end, libc::F_SETFD, libc::FD_CLOEXEC);
            libc::fcntl(end, libc::F_SETFL, libc::O_NONBLOCK);
        }
    }
    // The former ends, a parent's after a fork, stay open on purpose: a handler could be writing to them.
    READ_END.store(ends[0], Ordering::SeqCst);
    WRITE_END.store(ends[1], Ordering::SeqCst);
    Ok(())
}

/// Waits until `word` is no longer `expected`, or the time is up, or for no reason.
pub(crate) fn wait(word: &AtomicU32, expected: u32, limit: Option<Duration>) {
    if word.load(Ordering::SeqCst) != expected {
        return;
    }
    let mut poll = libc::pollfd { fd: READ_END.load(Ordering::SeqCst), events: libc::POLLIN, revents: 0 };
    // `poll` counts milliseconds: round up, so that no deadline is early.
    let millis = limit
        .map_or(-1, |limit| libc::c_int::try_from(limit.as_nanos().div_ceil(1_000_000)).unwrap_or(libc::c_int::MAX));
    // SAFETY: one pollfd of ours; the buffer of `read` is ours and has the length that is given.
    unsafe {
        libc::poll(&raw mut poll, 1, millis);
        let mut bytes = [0_u8; 64];
        while libc::read(poll.fd, bytes.as_mut_ptr().cast(), bytes.len()) > 0 {}
    }
}

/// One reader takes the byte: only the supervisor may wait here.
pub(crate) const WAKES_ALL: bool = false;

/// Wakes the one who waits. For signal handlers; the caller keeps `errno`.
pub(crate) fn wake(_word: &AtomicU32) {
    // A full pipe wakes as well as one more byte would.
    // SAFETY: one byte of ours; `write` is safe in a signal handler.
    unsafe {
        libc::write(WRITE_END.load(Ordering::SeqCst), [1_u8].as_ptr().cast(), 1);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn c25_a_waiter_sleeps_until_it_is_woken() {
        static WORD: AtomicU32 = AtomicU32::new(0);
        prepare().unwrap();
        let waker = std::thread::spawn(|| {
            WORD.store(1, Ordering::SeqCst);
            wake(&WORD);
        });
        while WORD.load(Ordering::SeqCst) == 0 {
            wait(&WORD, 0, None);
        }
        waker.join().unwrap();
    }

    #[test]
    fn c11_a_limit_is_not_cut_short() {
        static WORD: AtomicU32 = AtomicU32::new(0);
        if READ_END.load(Ordering::SeqCst) < 0 {
            prepare().unwrap();
        }
        let begin = std::time::Instant::now();
        let limit = Duration::from_micros(2_500);
        while begin.elapsed() < limit {
            wait(&WORD, 0, Some(limit - begin.elapsed()));
        }
        assert!(begin.elapsed() >= limit);
    }
}
