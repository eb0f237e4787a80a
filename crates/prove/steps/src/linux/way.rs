//! How a signal is sent to a thread that stands before an instruction, and who may run meanwhile.

use std::fs;
use std::thread::sleep;
use std::time::{Duration, Instant};

use nix::errno::Errno;
use nix::libc;
use nix::sys::signal::{Signal, kill};
use nix::unistd::Pid;

use super::breakpoint;
use super::explore::registers;
use super::tracer::{Event, Traced, Tracer};

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Way {
    /// To the thread itself.
    Thread,
    /// To the process; the kernel chooses a thread.
    Process,
    /// The thread is held where it is until others have done with the event what they can. With another thread of the program
    /// the handler runs in that one, else in this one, which is held behind it.
    Held,
    /// All other threads are held until this one has done what it can.
    Alone,
}

impl Way {
    pub(crate) const ALL: [Self; 4] = [Self::Thread, Self::Process, Self::Held, Self::Alone];

    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::Thread => "to the thread",
            Self::Process => "to the process",
            Self::Held => "thread held",
            Self::Alone => "others held",
        }
    }
}

/// How long anybody is held at the most: the others may have nothing to do.
const LONGEST: Duration = Duration::from_millis(20);
const LOOKS_EACH: Duration = Duration::from_micros(30);

pub(crate) fn send(tracer: &mut Tracer, stepped: Pid, signal: Signal, way: Way) -> Traced<()> {
    let process = tracer.process();
    match way {
        Way::Thread => {
            to_thread(process, stepped, signal)?;
            tracer.go(stepped, None)
        }
        Way::Process => {
            kill(process, signal)?;
            tracer.go(stepped, None)
        }
        Way::Held => held(tracer, stepped, signal),
        Way::Alone => alone(tracer, stepped, signal),
    }
}

fn held(tracer: &mut Tracer, stepped: Pid, signal: Signal) -> Traced<()> {
    let process = tracer.process();
    let others = tracer.threads_beside(stepped).into_iter().filter_map(|thread| Look::at(process, thread));
    // The library's own thread blocks all signals, and sleeps while it has nothing to do. C's `pthread_create` blocks them too: in a
    // main thread that has not run since it made this one, which will take the signal all the same.
    let (supervisors, others): (Vec<_>, Vec<_>) =
        others.partition(|other| other.blocks(signal) && other.thread != process);
    if let Some(other) = others.first() {
        to_thread(process, other.thread, signal)?;
    } else if !through_its_handler(tracer, stepped, signal)? {
        return Ok(());
    }
    // Their next sleep: they have done all that there was to do.
    let slept = |before: &Look| Look::at(process, before.thread).is_none_or(|now| now.sleeps != before.sleeps);
    let begin = Instant::now();
    while begin.elapsed() < LONGEST && tracer.has(stepped) && !supervisors.iter().all(slept) {
        look(tracer)?;
    }
    tracer.go(stepped, None)
}

/// Stops the thread again where it stands, when its handler has returned. False: it was killed.
fn through_its_handler(tracer: &mut Tracer, stepped: Pid, signal: Signal) -> Traced<bool> {
    let place = registers(stepped)?;
    breakpoint::set(stepped, place.rip)?;
    to_thread(tracer.process(), stepped, signal)?;
    loop {
        tracer.go(stepped, None)?;
        if !tracer.until_trap(stepped)? {
            return Ok(false);
        }
        // The handler may come by that place itself, with less of the stack.
        match registers(stepped) {
            Ok(registers) if registers.rsp != place.rsp => {}
            Ok(_) => break,
            // It was killed where it stood. That it is gone will be told.
            Err(Errno::ESRCH) => return Ok(false),
            Err(errno) => return Err(errno.into()),
        }
    }
    match breakpoint::clear(stepped) {
        Err(Errno::ESRCH) => Ok(false),
        cleared => Ok(cleared.map(|()| true)?),
    }
}

fn alone(tracer: &mut Tracer, stepped: Pid, signal: Signal) -> Traced<()> {
    let process = tracer.process();
    let mut held = Vec::new();
    for thread in tracer.threads_beside(stepped) {
        tracer.interrupt(thread)?;
        while tracer.has(thread) {
            match tracer.next(true)? {
                Some(Event::Pause(stopped)) if stopped == thread => {
                    held.push(thread);
                    break;
                }
                event => tracer.hand_on(event)?,
            }
        }
    }
    to_thread(process, stepped, signal)?;
    tracer.go(stepped, None)?;
    let begin = Instant::now();
    while begin.elapsed() < LONGEST && tracer.has(stepped) && state(process, stepped) != Some('S') {
        look(tracer)?;
    }
    held.into_iter().try_for_each(|thread| tracer.go(thread, None))
}

/// Sees to what has happened, and lets others run.
fn look(tracer: &mut Tracer) -> Traced<()> {
    match tracer.next(false)? {
        None => sleep(LOOKS_EACH),
        event => tracer.hand_on(event)?,
    }
    Ok(())
}

fn to_thread(process: Pid, thread: Pid, signal: Signal) -> Traced<()> {
    // SAFETY: three numbers.
    let sent = unsafe { libc::syscall(libc::SYS_tgkill, process.as_raw(), thread.as_raw(), signal as libc::c_int) };
    match Errno::result(sent) {
        Ok(_) | Err(Errno::ESRCH) => Ok(()),
        Err(errno) => Err(errno.into()),
    }
}

/// What the kernel says of a thread.
struct Look {
    thread: Pid,
    /// The signals that it blocks, a bit each.
    blocked: u64,
    /// How often it has gone to sleep.
    sleeps: u64,
}

impl Look {
    fn at(process: Pid, thread: Pid) -> Option<Self> {
        let status = fs::read_to_string(format!("/proc/{process}/task/{thread}/status")).ok()?;
        let field = |name: &str| Some(status.lines().find_map(|line| line.strip_prefix(name))?.trim());
        let blocked = u64::from_str_radix(field("SigBlk:")?, 16).ok()?;
        Some(Self { thread, blocked, sleeps: field("voluntary_ctxt_switches:")?.parse().ok()? })
    }

    fn blocks(&self, signal: Signal) -> bool {
        self.blocked >> (signal as i32 - 1) & 1 == 1
    }
}

/// What it is doing: `S` is sleeping.
fn state(process: Pid, thread: Pid) -> Option<char> {
    let stat = fs::read_to_string(format!("/proc/{process}/task/{thread}/stat")).ok()?;
    stat.rsplit_once(") ")?.1.chars().next()
}
