//! Corners of a program's life in which a library of this kind is easily forgotten.

use std::cell::RefCell;
use std::fs::{self, File};
use std::os::fd::AsRawFd;
use std::process::Command;
use std::sync::mpsc::channel;

use shutdown_protection::{ShutdownProtection, is_requested};

use crate::os::raise;
use crate::talk::{LONG, arg, await_pending, hear_go, patient, ready_then_pending, say, tell};
use crate::{DONE, Outcome, scenarios};

scenarios![errno_is_kept, signalled_thread, own_threads, started_program, descriptors_closed, guards_in_thread_locals];

/// Thread after thread ends with a guard, which is dropped behind what the library keeps of the thread; the last ones start
/// a block even later.
fn guards_in_thread_locals() -> Outcome {
    #[derive(Default)]
    struct Kept(Option<ShutdownProtection>);
    impl Drop for Kept {
        fn drop(&mut self) {
            drop(self.0.take());
            drop(ShutdownProtection::start());
        }
    }
    thread_local! {
        static KEPT: RefCell<Kept> = RefCell::default();
    }
    let threads = |count| {
        for _ in 0..count {
            let keeps = || KEPT.with(|kept| kept.borrow_mut().0 = ShutdownProtection::start().ok());
            std::thread::spawn(keeps).join().expect("it has a guard");
        }
    };
    patient();
    threads(200);
    let before = resident();
    threads(4000);
    say!("grown by {} KB", resident().saturating_sub(before));
    say!("open {}", shutdown_protection::open_blocks().len());
    DONE
}

/// The memory that the process has, in KB.
fn resident() -> u64 {
    let status = fs::read_to_string("/proc/self/status").unwrap_or_default();
    let line = status.lines().find_map(|line| line.strip_prefix("VmRSS:")).unwrap_or_default();
    line.trim().trim_end_matches(" kB").parse().unwrap_or_default()
}

/// The handler leaves `errno` as it found it.
fn errno_is_kept() -> Outcome {
    patient();
    let guard = ShutdownProtection::start_for(LONG)?;
    // SAFETY: the location is the calling thread's own.
    let kept = unsafe {
        *libc::__errno_location() = 77;
        libc::raise(libc::SIGTERM);
        *libc::__errno_location() == 77
    };
    say!("errno kept {kept}");
    await_pending();
    tell("break", &guard.allow_break());
    DONE
}

/// The signal is sent to one thread that waits in a system call, and not to the process.
fn signalled_thread() -> Outcome {
    patient();
    let guard = ShutdownProtection::start_for(LONG)?;
    let (sender, receiver) = channel();
    let worker = std::thread::spawn(move || {
        // SAFETY: takes nothing. A number on some systems, a pointer, which cannot be sent, on others.
        sender.send(unsafe { libc::pthread_self() } as usize).expect("the main thread waits");
        hear_go();
        say!("worker undisturbed, requested {}", is_requested());
    });
    let thread = receiver.recv()?;
    // SAFETY: the thread has not been joined.
    assert_eq!(unsafe { libc::pthread_kill(thread as libc::pthread_t, libc::SIGTERM) }, 0);
    await_pending();
    say!("ready");
    worker.join().expect("no panic");
    tell("break", &guard.allow_break());
    DONE
}

/// The threads that the library starts block all signals: the program's own handlers never run there.
fn own_threads() -> Outcome {
    let _guard = ShutdownProtection::start_for(LONG)?;
    let own = std::process::id().to_string();
    // A new thread may be a moment away from its first line.
    let end = std::time::Instant::now() + std::time::Duration::from_secs(10);
    loop {
        let mut open = 0;
        for task in fs::read_dir("/proc/self/task")? {
            let task = task?;
            if task.file_name().to_string_lossy() == own {
                continue;
            }
            let status = fs::read_to_string(task.path().join("status"))?;
            let mask = status.lines().find_map(|line| line.strip_prefix("SigBlk:")).unwrap_or("0");
            let mask = u64::from_str_radix(mask.trim(), 16)?;
            let wanted = [libc::SIGINT, libc::SIGTERM, libc::SIGQUIT, libc::SIGHUP, libc::SIGUSR1, libc::SIGCHLD];
            open += usize::from(wanted.iter().any(|signal| mask & (1 << (signal - 1)) == 0));
        }
        if open == 0 || std::time::Instant::now() > end {
            say!("threads with open signals {open}");
            return DONE;
        }
    }
}

/// A program that is started inside a block inherits no descriptor of the library's.
fn started_program() -> Outcome {
    let list = || {
        let output = Command::new("ls").arg("/proc/self/fd").output().expect("ls starts");
        String::from_utf8_lossy(&output.stdout).into_owned()
    };
    let before = list();
    let _guard = ShutdownProtection::start_for(LONG)?;
    raise(libc::SIGTERM);
    await_pending();
    say!("same descriptors {}", list() == before);
    // SAFETY: takes no pointer.
    unsafe { libc::_exit(0) }
}

/// A daemon closes all descriptors that it does not know, and the numbers are given to its own files.
fn descriptors_closed() -> Outcome {
    patient();
    drop(ShutdownProtection::start()?);
    for number in 3..1024 {
        // SAFETY: the numbers are the library's at most; this scenario has no file open.
        unsafe { libc::close(number) };
    }
    let path = arg(1);
    let files: Vec<File> = (0..16).map(|number| File::create(format!("{path}/{number}")).expect("a file")).collect();
    say!("first descriptor {}", files[0].as_raw_fd());
    let guard = ShutdownProtection::start_for(LONG)?;
    ready_then_pending();
    tell("break", &guard.allow_break());
    DONE
}
