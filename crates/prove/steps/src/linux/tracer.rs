//! The tracer of one server and of the process that it has made last: what stops there, and how it goes on.
//!
//! `ptrace` belongs to a thread: a tracer is used in the thread that has made it, and several work side by side.

use std::collections::BTreeSet;
use std::io::Write;
use std::process::{Child, ChildStdin};

use nix::errno::Errno;
use nix::libc;
use nix::sys::ptrace::{self, Options};
use nix::sys::signal::{Signal, kill};
use nix::sys::wait::{WaitPidFlag, WaitStatus, waitpid};
use nix::unistd::Pid;

use super::watchdog::Watchdog;

pub(crate) struct Tracer {
    server: Child,
    orders: ChildStdin,
    watchdog: Watchdog,
    /// Of the case that is running.
    process: Option<Pid>,
    /// How it has ended.
    ending: Option<WaitStatus>,
    /// The signals that it has got.
    delivered: Vec<Signal>,
    /// Its threads, by their numbers.
    threads: BTreeSet<Pid>,
}

/// A thread of the traced process has stopped, or is no more.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Event {
    /// A step is done, a breakpoint is met, or the region begins.
    Trap(Pid),
    /// A signal is about to be delivered; only if it is handed on.
    Signal(Pid, Signal),
    /// It is new, it has made another one, or it was asked to stop.
    Pause(Pid),
    Gone(Pid),
}

#[derive(Debug)]
pub(crate) enum Trouble {
    /// Nothing has happened for too long.
    Hung,
    /// There are no breakpoints to be had, as on some virtual machines.
    NoBreakpoints,
    System(Errno),
}

impl From<Errno> for Trouble {
    fn from(errno: Errno) -> Self {
        Self::System(errno)
    }
}

pub(crate) type Traced<T> = Result<T, Trouble>;

impl Tracer {
    /// Takes over a server that waits for its first order. An error: the system does not allow it.
    pub(crate) fn seize(mut server: Child) -> nix::Result<Self> {
        let orders = server.stdin.take().expect("its orders come by a pipe");
        let tracer = Self {
            server,
            orders,
            watchdog: Watchdog::start(),
            process: None,
            ending: None,
            delivered: Vec::new(),
            threads: BTreeSet::new(),
        };
        ptrace::seize(
            tracer.server(),
            Options::PTRACE_O_EXITKILL | Options::PTRACE_O_TRACEFORK | Options::PTRACE_O_TRACECLONE,
        )?;
        Ok(tracer)
    }

    pub(crate) fn server(&self) -> Pid {
        Pid::from_raw(self.server.id().cast_signed())
    }

    /// Orders a process, and gives the number of it.
    pub(crate) fn order(&mut self) -> Traced<Pid> {
        self.watchdog.begin();
        self.process = None;
        self.ending = None;
        self.delivered.clear();
        self.threads.clear();
        self.orders.write_all(b"\n").map_err(|_| Trouble::System(Errno::EPIPE))?;
        let mut early = None;
        loop {
            if let Some(process) = self.process {
                // It may have stopped before its server has. It waits until its number is known: its next stop is the mark.
                early.map_or(Ok(()), |thread| self.go(thread, None))?;
                return Ok(process);
            }
            if let Some(Event::Pause(thread)) = self.next(true)? {
                early = Some(thread);
            }
        }
    }

    /// There is progress: the watchdog's time begins anew.
    pub(crate) fn lives(&self) {
        self.watchdog.begin();
    }

    pub(crate) fn process(&self) -> Pid {
        self.process.expect("a process was ordered")
    }

    /// How the process has ended, if it has.
    pub(crate) fn ending(&self) -> Option<WaitStatus> {
        self.ending
    }

    /// Has one of its threads got this signal?
    pub(crate) fn has_delivered(&self, signal: Signal) -> bool {
        self.delivered.contains(&signal)
    }

    /// The threads, but for this one.
    pub(crate) fn threads_beside(&self, one: Pid) -> Vec<Pid> {
        self.threads.iter().copied().filter(|&thread| thread != one).collect()
    }

    pub(crate) fn has(&self, thread: Pid) -> bool {
        self.threads.contains(&thread)
    }

    /// What has happened in the process; waits for it, if it should. Nothing, if it was the server's.
    pub(crate) fn next(&mut self, waits: bool) -> Traced<Option<Event>> {
        let mut flags = WaitPidFlag::__WALL | WaitPidFlag::__WNOTHREAD;
        flags.set(WaitPidFlag::WNOHANG, !waits);
        loop {
            if self.watchdog.barks() {
                return Err(Trouble::Hung);
            }
            let status = match waitpid(None, Some(flags)) {
                Err(Errno::EINTR) => continue,
                status => status?,
            };
            match status.pid() {
                None => return Ok(None),
                Some(pid) if pid == self.server() => return self.server_stopped(status).map(|()| None),
                Some(pid) => return Ok(Some(self.event(pid, status))),
            }
        }
    }

    fn server_stopped(&mut self, status: WaitStatus) -> Traced<()> {
        match status {
            WaitStatus::PtraceEvent(server, _, libc::PTRACE_EVENT_FORK) => {
                let process = ptrace::getevent(server)?;
                self.process = Some(Pid::from_raw(i32::try_from(process).expect("a process number")));
                self.go(server, None)
            }
            WaitStatus::Stopped(server, signal) => self.go(server, Some(signal)),
            WaitStatus::PtraceEvent(server, ..) => self.go(server, None),
            _ => Err(Trouble::System(Errno::ESRCH)),
        }
    }

    fn event(&mut self, pid: Pid, status: WaitStatus) -> Event {
        if matches!(status, WaitStatus::Exited(..) | WaitStatus::Signaled(..)) {
            self.threads.remove(&pid);
            if Some(pid) == self.process {
                self.ending = Some(status);
            }
            return Event::Gone(pid);
        }
        self.threads.insert(pid);
        match status {
            WaitStatus::Stopped(_, Signal::SIGTRAP) => Event::Trap(pid),
            WaitStatus::Stopped(_, signal) => Event::Signal(pid, signal),
            _ => Event::Pause(pid),
        }
    }

    /// Lets a thread go on, with a signal or without.
    pub(crate) fn go(&mut self, thread: Pid, signal: Option<Signal>) -> Traced<()> {
        self.delivered.extend(signal);
        alive(ptrace::cont(thread, signal))
    }

    /// Lets a thread do one instruction.
    pub(crate) fn step(&mut self, thread: Pid, signal: Option<Signal>) -> Traced<()> {
        self.delivered.extend(signal);
        alive(ptrace::step(thread, signal))
    }

    /// Asks a thread to stop.
    pub(crate) fn interrupt(&self, thread: Pid) -> Traced<()> {
        alive(ptrace::interrupt(thread))
    }

    /// Ends the process that hangs, and takes what is left of it.
    pub(crate) fn kill(&mut self) -> nix::Result<()> {
        let Some(process) = self.process else { return Err(Errno::ESRCH) };
        let _ = kill(process, Signal::SIGKILL);
        self.watchdog.begin();
        while self.ending.is_none() {
            match self.next(true) {
                Ok(_) => {}
                Err(Trouble::System(errno)) => return Err(errno),
                Err(_) => return Err(Errno::ETIMEDOUT),
            }
        }
        Ok(())
    }
}

/// A thread that was killed meanwhile is no trouble: that it is gone is the next event.
fn alive(done: nix::Result<()>) -> Traced<()> {
    match done {
        Err(Errno::ESRCH) => Ok(()),
        done => Ok(done?),
    }
}

impl Drop for Tracer {
    fn drop(&mut self) {
        let _ = self.server.kill();
        let _ = self.server.wait();
    }
}
