//! One case: a fresh process, taken to its instruction, sent its signal there, and followed to its end.

use nix::errno::Errno;
use nix::sys::signal::Signal;
use nix::sys::wait::WaitStatus;
use nix::unistd::Pid;

use super::breakpoint;
use super::route::{Leg, Route};
use super::tracer::{Event, Traced, Tracer, Trouble};
use super::way::{self, Way};

/// Where, what and how.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Shot {
    pub(crate) instruction: usize,
    pub(crate) signal: Signal,
    pub(crate) way: Way,
}

/// How a case has ended.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Ending {
    /// By itself, after it was sent the signal. `behind_own`: it had got its own event before; `delivered`: one of its threads
    /// has got the signal.
    Hit { status: WaitStatus, behind_own: bool, delivered: bool },
    /// It has taken another way, and not come by the instruction.
    Missed,
    /// Killed by the watchdog; where its threads were.
    Hung(String),
}

/// The signals that ask for an end.
pub(crate) const EVENTS: [Signal; 4] = [Signal::SIGINT, Signal::SIGTERM, Signal::SIGQUIT, Signal::SIGHUP];

/// The program's mark behind its region.
const END_OF_REGION: Signal = Signal::SIGUSR1;

impl Tracer {
    /// A case.
    pub(crate) fn shoot(&mut self, shot: Shot, route: &Route) -> nix::Result<Ending> {
        match self.shoot_by(shot, route.to(shot.instruction))? {
            // What depends on the time that has passed is done only where that has passed again.
            Ending::Missed => self.shoot_by(shot, Leg::on_foot(shot.instruction)),
            ending => Ok(ending),
        }
    }

    fn shoot_by(&mut self, shot: Shot, leg: Leg) -> nix::Result<Ending> {
        match self.try_to_shoot(shot, leg) {
            Ok(ending) => Ok(ending),
            Err(Trouble::System(errno)) => Err(errno),
            Err(Trouble::NoBreakpoints) => Err(Errno::ENODEV),
            Err(Trouble::Hung) => {
                let places = self.places();
                self.kill()?;
                Ok(Ending::Hung(places))
            }
        }
    }

    fn try_to_shoot(&mut self, shot: Shot, leg: Leg) -> Traced<Ending> {
        self.order()?;
        let stepped = self.until_marked()?;
        if !self.take(stepped, leg)? {
            self.until_gone()?;
            return Ok(Ending::Missed);
        }
        let behind_own = EVENTS.iter().any(|&event| self.has_delivered(event));
        way::send(self, stepped, shot.signal, shot.way)?;
        let status = self.until_gone()?;
        Ok(Ending::Hit { status, behind_own, delivered: self.has_delivered(shot.signal) })
    }

    /// The thread that has marked its region.
    pub(super) fn until_marked(&mut self) -> Traced<Pid> {
        while self.ending().is_none() {
            match self.next(true)? {
                Some(Event::Trap(thread)) => return Ok(thread),
                event => self.hand_on(event)?,
            }
        }
        Err(Trouble::System(Errno::ECHILD))
    }

    /// False: the thread has ended before.
    fn take(&mut self, stepped: Pid, leg: Leg) -> Traced<bool> {
        if leg.meets > 0 {
            breakpoint::set(stepped, leg.breakpoint)?;
            for _ in 0..leg.meets {
                self.go(stepped, None)?;
                if !self.until_trap(stepped)? {
                    return Ok(false);
                }
            }
            breakpoint::clear(stepped)?;
        }
        for _ in 0..leg.steps {
            // Many may take long, and there is progress.
            self.lives();
            if !self.one_step(stepped, |_| ())? {
                return Ok(false);
            }
        }
        Ok(true)
    }

    /// Waits until the thread is trapped, and lets all others go on. False: the thread is gone.
    pub(super) fn until_trap(&mut self, stepped: Pid) -> Traced<bool> {
        loop {
            match self.next(true)? {
                Some(Event::Trap(thread)) if thread == stepped => return Ok(true),
                Some(Event::Gone(thread)) if thread == stepped => return Ok(false),
                event => self.hand_on(event)?,
            }
        }
    }

    /// One instruction. A signal that comes before it leads into its handler, at whose first instruction the thread stops then:
    /// `met` is told of it. False: the thread is gone, or has come to the end of its region.
    pub(super) fn one_step(&mut self, stepped: Pid, mut met: impl FnMut(Signal)) -> Traced<bool> {
        self.step(stepped, None)?;
        loop {
            match self.next(true)? {
                Some(Event::Trap(thread)) if thread == stepped => return Ok(true),
                Some(Event::Gone(thread)) if thread == stepped => return Ok(false),
                Some(Event::Signal(thread, END_OF_REGION)) if thread == stepped => {
                    self.go(stepped, None)?;
                    return Ok(false);
                }
                Some(Event::Signal(thread, signal)) if thread == stepped => {
                    met(signal);
                    self.step(stepped, Some(signal))?;
                }
                Some(Event::Pause(thread)) if thread == stepped => self.step(stepped, None)?,
                event => self.hand_on(event)?,
            }
        }
    }

    /// Lets go on what has stopped for nothing that concerns the case.
    pub(super) fn hand_on(&mut self, event: Option<Event>) -> Traced<()> {
        match event {
            Some(Event::Trap(thread) | Event::Pause(thread) | Event::Signal(thread, END_OF_REGION)) => {
                self.go(thread, None)
            }
            Some(Event::Signal(thread, signal)) => self.go(thread, Some(signal)),
            Some(Event::Gone(_)) | None => Ok(()),
        }
    }

    /// Lets all go on until the process is no more.
    pub(super) fn until_gone(&mut self) -> Traced<WaitStatus> {
        loop {
            if let Some(ending) = self.ending() {
                return Ok(ending);
            }
            let event = self.next(true)?;
            self.hand_on(event)?;
        }
    }

    /// Where the threads of a process that hangs are.
    fn places(&self) -> String {
        let process = self.process();
        let of = |thread: Pid| {
            let read = |name: &str| std::fs::read_to_string(format!("/proc/{process}/task/{thread}/{name}"));
            let [name, state, call] = ["comm", "wchan", "syscall"].map(|name| read(name).unwrap_or_default());
            format!("{} in {} ({})", name.trim(), state.trim(), call.trim())
        };
        self.threads_beside(Pid::from_raw(0)).into_iter().map(of).collect::<Vec<_>>().join("; ")
    }
}
