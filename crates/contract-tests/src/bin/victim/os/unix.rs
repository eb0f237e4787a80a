//! Signals and system calls.

use std::io;
use std::mem::MaybeUninit;
use std::time::Duration;

use crate::talk::say;

pub(crate) type Handler = extern "C" fn(libc::c_int);

/// Sends a signal to the calling thread. Its handler has run when this returns, which makes the moment of an
/// event exact, whatever else the machine does.
pub(crate) fn raise(signal: i32) {
    raise_in_c(signal);
}

/// The same: here the C library's is the system's.
pub(crate) fn raise_in_c(signal: i32) {
    // SAFETY: takes no pointer.
    assert_eq!(unsafe { libc::raise(signal) }, 0);
}

/// The default time of a block (C30).
pub(crate) const MAX_EXEC_TIME: Duration = Duration::from_millis(89_500);

/// How often something is done that goes wrong rarely.
pub(crate) const MANY: u32 = 20_000;

/// Writes all of it by one call, without a lock.
pub(crate) fn write(bytes: &[u8]) {
    // SAFETY: the pointer and the length belong to a live slice.
    let written = unsafe { libc::write(1, bytes.as_ptr().cast(), bytes.len()) };
    assert_eq!(usize::try_from(written), Ok(bytes.len()), "stdout is gone");
}

/// The next byte of the standard input, read without a buffer; none at its end.
pub(crate) fn read() -> Option<u8> {
    loop {
        let mut byte = 0_u8;
        // SAFETY: one byte fits into `byte`.
        match unsafe { libc::read(0, (&raw mut byte).cast(), 1) } {
            1 => return Some(byte),
            -1 if io::Error::last_os_error().kind() == io::ErrorKind::Interrupted => {}
            _ => return None,
        }
    }
}

/// Ends the process without a word to anybody in it.
pub(crate) fn leave(status: i32) -> ! {
    // SAFETY: `_exit` takes no pointer and may be called anywhere.
    unsafe { libc::_exit(status) }
}

/// Installs a plain handler, as a program or a framework would, and says nothing about it to the library.
pub(crate) fn install(signal: i32, handler: Handler) {
    install_raw(signal, handler as *const () as libc::sighandler_t);
}

pub(crate) fn ignore(signal: i32) {
    install_raw(signal, libc::SIG_IGN);
}

fn install_raw(signal: i32, handler: libc::sighandler_t) {
    // SAFETY: `action` is a complete sigaction, and the handlers of the scenarios only write a line or an atomic.
    let done = unsafe {
        let mut action: libc::sigaction = MaybeUninit::zeroed().assume_init();
        action.sa_sigaction = handler;
        action.sa_flags = libc::SA_RESTART;
        libc::sigemptyset(&raw mut action.sa_mask);
        libc::sigaction(signal, &raw const action, std::ptr::null_mut())
    };
    assert_eq!(done, 0, "{}", io::Error::last_os_error());
}

/// What the kernel would do with that signal: `default`, `ignored` or the address of a handler.
pub(crate) fn disposition(signal: i32) -> String {
    match disposition_raw(signal) {
        libc::SIG_DFL => "default".to_owned(),
        libc::SIG_IGN => "ignored".to_owned(),
        handler => format!("{handler:#x}"),
    }
}

fn disposition_raw(signal: i32) -> libc::sighandler_t {
    // SAFETY: asks only; the result is written in full.
    unsafe {
        let mut action: libc::sigaction = MaybeUninit::zeroed().assume_init();
        let done = libc::sigaction(signal, std::ptr::null(), &raw mut action);
        assert_eq!(done, 0);
        action.sa_sigaction
    }
}

/// Whether that handler is the one installed.
pub(crate) fn is_installed(signal: i32, handler: Handler) -> bool {
    disposition_raw(signal) == handler as *const () as libc::sighandler_t
}

/// Blocks or unblocks a signal in the calling thread.
pub(crate) fn mask(how: i32, signal: i32) {
    // SAFETY: the set is initialised by `sigemptyset`.
    unsafe {
        let mut set = MaybeUninit::uninit();
        libc::sigemptyset(set.as_mut_ptr());
        libc::sigaddset(set.as_mut_ptr(), signal);
        assert_eq!(libc::pthread_sigmask(how, set.as_ptr(), std::ptr::null_mut()), 0);
    }
}

/// Forks without exec; the child runs `child` and leaves with the status that it returns.
pub(crate) fn fork(child: impl FnOnce() -> i32) -> i32 {
    fork_and_go_on().unwrap_or_else(|| leave(child()))
}

/// Forks without exec; both go on here, the parent with the child's number.
pub(crate) fn fork_and_go_on() -> Option<i32> {
    // SAFETY: the child uses the library and the system calls above, which is what the scenarios test.
    match unsafe { libc::fork() } {
        -1 => panic!("fork: {}", io::Error::last_os_error()),
        0 => None,
        pid => Some(pid),
    }
}

/// Waits for a child, and writes its end as the tests do: `exit 0`, `signal 15`.
pub(crate) fn reap(pid: i32) -> String {
    let mut status = 0;
    loop {
        // SAFETY: `status` is ours.
        let found = unsafe { libc::waitpid(pid, &raw mut status, 0) };
        if found == pid {
            break;
        }
        let error = io::Error::last_os_error();
        assert_eq!(error.kind(), io::ErrorKind::Interrupted, "waitpid: {error}");
    }
    if libc::WIFSIGNALED(status) {
        format!("signal {}", libc::WTERMSIG(status))
    } else {
        format!("exit {}", libc::WEXITSTATUS(status))
    }
}

/// The kernel's number of the calling thread.
pub(crate) fn thread_id() -> i32 {
    // SAFETY: takes no pointer.
    unsafe { libc::gettid() }
}

/// Waits until a thread sleeps in a system call.
pub(crate) fn until_asleep(thread: i32) {
    let state = || {
        let stat = std::fs::read_to_string(format!("/proc/self/task/{thread}/stat")).expect("the thread lives");
        // The name before the state is in brackets, and may hold anything.
        stat.rsplit_once(") ").map(|(_, rest)| rest.starts_with('S'))
    };
    while state() != Some(true) {
        std::thread::yield_now();
    }
}

/// Says this process's number as the test sees it, also from inside another PID namespace.
pub(crate) fn say_pid() {
    let own = std::fs::read_link("/proc/self").expect("/proc is mounted");
    say!("pid {}", own.display());
}

/// `CLOCK_MONOTONIC`, which the test reads too.
pub(crate) fn monotonic_ns() -> u64 {
    let mut now = libc::timespec { tv_sec: 0, tv_nsec: 0 };
    // SAFETY: `now` is ours.
    let read = unsafe { libc::clock_gettime(libc::CLOCK_MONOTONIC, &raw mut now) };
    assert_eq!(read, 0);
    u64::try_from(now.tv_sec * 1_000_000_000 + now.tv_nsec).expect("a clock that runs forwards")
}
