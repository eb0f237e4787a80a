//! Other systems than Linux: how a handler wakes the supervisor. A pipe, since no wake-up call of theirs is
//! documented as safe in a signal handler but `write`. The truth is in the word; the pipe only wakes.
//!
//! A program may close descriptors that are not its own (a daemon closes all), and get their numbers for files of its
//! own. So both sides look whether a number still is our pipe before they use it, and the one who waits makes a new one
//! if not.

use std::io;
use std::mem::MaybeUninit;
use std::sync::atomic::{AtomicI32, AtomicU32, AtomicU64, Ordering};
use std::time::Duration;

/// The pipe that wakes the supervisor. A child of `fork` makes a new one.
static PIPE: Pipe = Pipe::none();

struct Pipe {
    read: End,
    write: End,
}

struct End {
    /// The descriptor; -1 before there is one.
    number: AtomicI32,
    /// What the system calls it: its inode. (NetBSD and OpenBSD call all pipes 0: there it is one pipe or another.)
    name: AtomicU64,
}

impl End {
    const fn none() -> Self {
        Self { number: AtomicI32::new(-1), name: AtomicU64::new(0) }
    }

    /// The number last: who finds it finds its name.
    fn set(&self, number: libc::c_int) {
        self.name.store(name(number).unwrap_or(0), Ordering::SeqCst);
        self.number.store(number, Ordering::SeqCst);
    }

    /// The descriptor, if it is still ours. For signal handlers.
    fn open(&self) -> Option<libc::c_int> {
        let number = self.number.load(Ordering::SeqCst);
        (name(number)? == self.name.load(Ordering::SeqCst)).then_some(number)
    }
}

/// The name of a pipe; `None` for what is not a pipe.
fn name(number: libc::c_int) -> Option<u64> {
    let mut status = MaybeUninit::<libc::stat>::uninit();
    // SAFETY: the pointer is to a `stat` of ours, which is filled unless the call fails; it is safe in a signal handler.
    let status = unsafe {
        if libc::fstat(number, status.as_mut_ptr()) != 0 {
            return None;
        }
        status.assume_init()
    };
    #[allow(clippy::unnecessary_cast, reason = "not all systems have 64 bits for it")]
    (status.st_mode & libc::S_IFMT == libc::S_IFIFO).then_some(status.st_ino as u64)
}

impl Pipe {
    const fn none() -> Self {
        Self { read: End::none(), write: End::none() }
    }

    /// Makes a new one: both ends close on `exec` and never block.
    fn make(&self) -> io::Result<()> {
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
        self.read.set(ends[0]);
        self.write.set(ends[1]);
        Ok(())
    }

    fn wait(&self, word: &AtomicU32, expected: u32, limit: Option<Duration>) {
        let (Some(end), Some(_)) = (self.read.open(), self.write.open()) else {
            if self.make().is_err() {
                // No descriptor is free, and until one is no ring wakes. So the caller has to look by itself.
                std::thread::sleep(Duration::from_millis(10));
            }
            // Rings that found no pipe are in the word.
            return;
        };
        if word.load(Ordering::SeqCst) != expected {
            return;
        }
        let mut poll = libc::pollfd { fd: end, events: libc::POLLIN, revents: 0 };
        // `poll` counts milliseconds: round up, so that no deadline is early.
        let millis = limit.map_or(-1, |limit| {
            libc::c_int::try_from(limit.as_nanos().div_ceil(1_000_000)).unwrap_or(libc::c_int::MAX)
        });
        // SAFETY: one pollfd of ours.
        unsafe { libc::poll(&raw mut poll, 1, millis) };
        // It may have been closed meanwhile: that ends the poll, too.
        if self.read.open().is_some() {
            let mut bytes = [0_u8; 64];
            // SAFETY: the buffer is ours and has the length that is given.
            while unsafe { libc::read(end, bytes.as_mut_ptr().cast(), bytes.len()) } > 0 {}
        }
    }

    fn wake(&self) {
        let Some(end) = self.write.open() else { return };
        // A full pipe wakes as well as one more byte would.
        // SAFETY: one byte of ours; `write` is safe in a signal handler.
        unsafe {
            libc::write(end, [1_u8].as_ptr().cast(), 1);
        }
    }
}

/// Makes the pipe.
pub(crate) fn prepare() -> io::Result<()> {
    PIPE.make()
}

/// Waits until `word` is no longer `expected`, or the time is up, or for no reason.
pub(crate) fn wait(word: &AtomicU32, expected: u32, limit: Option<Duration>) {
    PIPE.wait(word, expected, limit);
}

/// One reader takes the byte: only the supervisor may wait here.
pub(crate) const WAKES_ALL: bool = false;

/// Wakes the one who waits. For signal handlers; the caller keeps `errno`.
pub(crate) fn wake(_word: &AtomicU32) {
    PIPE.wake();
}

#[cfg(test)]
mod tests {
    use super::*;

    fn wait_until_woken(pipe: &Pipe) {
        let word = AtomicU32::new(0);
        std::thread::scope(|scope| {
            scope.spawn(|| {
                word.store(1, Ordering::SeqCst);
                pipe.wake();
            });
            while word.load(Ordering::SeqCst) == 0 {
                pipe.wait(&word, 0, None);
            }
        });
    }

    #[test]
    fn c25_a_waiter_sleeps_until_it_is_woken() {
        let pipe = Pipe::none();
        pipe.make().unwrap();
        wait_until_woken(&pipe);
    }

    #[test]
    fn c11_a_limit_is_not_cut_short() {
        let pipe = Pipe::none();
        pipe.make().unwrap();
        let (word, begin) = (AtomicU32::new(0), std::time::Instant::now());
        let limit = Duration::from_micros(2_500);
        while begin.elapsed() < limit {
            pipe.wait(&word, 0, Some(limit.saturating_sub(begin.elapsed())));
        }
        assert!(begin.elapsed() >= limit);
    }

    /// The number is another pipe's now: the waiter makes a new one, and nobody touches the stranger.
    #[test]
    fn c25_what_is_not_ours_is_neither_read_nor_written() {
        let (ours, strangers) = (Pipe::none(), Pipe::none());
        strangers.make().unwrap();
        strangers.wake();
        for (end, stranger) in [(&ours.read, &strangers.read), (&ours.write, &strangers.write)] {
            end.number.store(stranger.number.load(Ordering::SeqCst), Ordering::SeqCst);
        }
        ours.wake();
        ours.wait(&AtomicU32::new(0), 0, None);
        wait_until_woken(&ours);
        let mut bytes = [0_u8; 64];
        // SAFETY: the buffer is ours and has the length that is given.
        let count = unsafe { libc::read(strangers.read.open().unwrap(), bytes.as_mut_ptr().cast(), bytes.len()) };
        assert_eq!(count, 1, "the stranger's own byte, and no other");
    }
}
