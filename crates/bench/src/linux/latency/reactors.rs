//! The ways to learn of a signal, each as short as its library allows.

use std::hint;
use std::io::Read;
use std::mem;
use std::os::unix::net::UnixStream;
use std::ptr;
use std::sync::atomic::{AtomicBool, AtomicU32, Ordering};
use std::thread;
use std::time::Duration;

use shutdown_protection::{ShutdownProtection, cancel_shutdown, configure_shutdown_manager, requested};
use signal_hook::iterator::Signals;
use signal_hook::low_level;
use tokio::runtime::{Builder, Runtime};
use tokio::signal::unix::{Signal, SignalKind};

use super::{Place, Reactor, drive};
use crate::linux::child::Failure;

const HOUR: Duration = Duration::from_secs(3600);

/// Every signal is an attempt, and here come hundreds in a row.
fn configure() -> Result<(), Failure> {
    Ok(configure_shutdown_manager().max_attempts(u32::MAX).apply()?)
}

fn guard() -> ShutdownProtection {
    ShutdownProtection::start_for(HOUR).expect("no shutdown is pending")
}

fn cancel() {
    cancel_shutdown().expect("nothing but SIGTERM has come, far below the last attempt");
}

pub(super) fn wait(samples: u32, place: Place) -> Result<Vec<u64>, Failure> {
    struct Wait;
    impl Reactor for Wait {
        fn react(&mut self) {
            while !shutdown_protection::wait(HOUR) {}
        }
        fn rearm(&mut self) {
            cancel();
        }
    }
    configure()?;
    drive(samples, place, guard, || Wait)
}

pub(super) fn future(samples: u32, place: Place) -> Result<Vec<u64>, Failure> {
    struct Awaited;
    impl Reactor for Awaited {
        fn react(&mut self) {
            pollster::block_on(requested());
        }
        fn rearm(&mut self) {
            cancel();
        }
    }
    configure()?;
    drive(samples, place, guard, || Awaited)
}

/// On the runtime that `tokio` below runs on.
pub(super) fn future_on_tokio(samples: u32, place: Place) -> Result<Vec<u64>, Failure> {
    struct Awaited(Runtime);
    impl Reactor for Awaited {
        fn react(&mut self) {
            self.0.block_on(requested());
        }
        fn rearm(&mut self) {
            cancel();
        }
    }
    configure()?;
    let runtime = runtime()?;
    drive(samples, place, guard, || Awaited(runtime))
}

pub(super) fn check(samples: u32, place: Place) -> Result<Vec<u64>, Failure> {
    struct Check(ShutdownProtection);
    impl Reactor for Check {
        fn react(&mut self) {
            while self.0.allow_break().is_ok() {
                hint::spin_loop();
            }
        }
        fn rearm(&mut self) {
            // First the shutdown, then the interrupted guard, which holds the end as long as it lives.
            cancel();
            self.0 = guard();
        }
    }
    configure()?;
    // No block but its own: an interrupted main thread waits for those of others before it is told.
    drive(samples, place, || (), || Check(guard()))
}

/// What no library can undercut: the kernel's own way into a handler and back.
pub(super) fn flag(samples: u32, place: Place) -> Result<Vec<u64>, Failure> {
    static FLAG: AtomicBool = AtomicBool::new(false);
    extern "C" fn handler(_signal: libc::c_int) {
        FLAG.store(true, Ordering::Release);
    }
    struct Flag;
    impl Reactor for Flag {
        fn react(&mut self) {
            while !FLAG.swap(false, Ordering::Acquire) {
                hint::spin_loop();
            }
        }
    }
    // SAFETY: all zeroes is a valid `sigaction`: no handler, no flags, an empty mask.
    let mut action: libc::sigaction = unsafe { mem::zeroed() };
    action.sa_sigaction = handler as extern "C" fn(libc::c_int) as usize;
    action.sa_flags = libc::SA_RESTART;
    // SAFETY: the handler only stores to an atomic; `action` is initialised, and the old action is not asked for.
    if unsafe { libc::sigaction(libc::SIGTERM, &raw const action, ptr::null_mut()) } != 0 {
        return Err(std::io::Error::last_os_error().into());
    }
    drive(samples, place, || (), || Flag)
}

struct Pipe(UnixStream);

impl Reactor for Pipe {
    fn react(&mut self) {
        // `read_exact` goes on after an interrupted read.
        self.0.read_exact(&mut [0]).expect("the handler keeps the other end open");
    }
}

pub(super) fn pipe(samples: u32, place: Place) -> Result<Vec<u64>, Failure> {
    let (read, write) = UnixStream::pair()?;
    low_level::pipe::register(libc::SIGTERM, write)?;
    drive(samples, place, || (), || Pipe(read))
}

/// What a library pays that has a thread of its own to see to deadlines: the handler wakes that one, too.
pub(super) fn pipe_and_thread(samples: u32, place: Place) -> Result<Vec<u64>, Failure> {
    static BELL: AtomicU32 = AtomicU32::new(0);
    let futex = |operation: libc::c_int, value: u32| {
        // SAFETY: the word is a static; no timeout is given.
        unsafe {
            libc::syscall(
                libc::SYS_futex,
                BELL.as_ptr(),
                operation | libc::FUTEX_PRIVATE_FLAG,
                value,
                ptr::null::<()>(),
            )
        };
    };
    let (read, write) = UnixStream::pair()?;
    low_level::pipe::register(libc::SIGTERM, write)?;
    // SAFETY: the action stores to an atomic and makes one system call.
    unsafe {
        low_level::register(libc::SIGTERM, move || {
            BELL.fetch_add(1, Ordering::SeqCst);
            futex(libc::FUTEX_WAKE, 1);
        })?;
    }
    thread::spawn(move || {
        loop {
            futex(libc::FUTEX_WAIT, BELL.load(Ordering::SeqCst));
        }
    });
    drive(samples, place, || (), || Pipe(read))
}

pub(super) fn iterator(samples: u32, place: Place) -> Result<Vec<u64>, Failure> {
    struct Iterated(Signals);
    impl Reactor for Iterated {
        fn react(&mut self) {
            let signal = self.0.forever().next();
            assert_eq!(signal, Some(libc::SIGTERM));
        }
    }
    let signals = Signals::new([libc::SIGTERM])?;
    drive(samples, place, || (), || Iterated(signals))
}

pub(super) fn tokio(samples: u32, place: Place) -> Result<Vec<u64>, Failure> {
    struct Tokio {
        runtime: Runtime,
        signal: Signal,
    }
    impl Reactor for Tokio {
        fn react(&mut self) {
            self.runtime.block_on(self.signal.recv());
        }
    }
    let runtime = runtime()?;
    let signal = {
        let _context = runtime.enter();
        tokio::signal::unix::signal(SignalKind::terminate())?
    };
    drive(samples, place, || (), || Tokio { runtime, signal })
}

fn runtime() -> Result<Runtime, Failure> {
    Ok(Builder::new_current_thread().enable_io().build()?)
}
