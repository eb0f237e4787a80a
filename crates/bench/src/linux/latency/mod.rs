//! From the signal to the code that reacts.
//!
//! One thread reacts, another sends `SIGTERM` to the process half a millisecond after the first said that it is about
//! to wait. The time runs from just before `kill` to the first instruction after the wait, by the precise clock.
//!
//! Which of the two is the main thread matters, since the kernel runs the handler there. If the main thread reacts, its
//! wait is interrupted at once, and a wait that is restarted can find what it waits for without being woken by anybody.
//! If another thread reacts, it has to be woken. Both are measured, for every contestant.

mod reactors;

use std::sync::mpsc;
use std::thread;
use std::time::Duration;

use crate::linux::child::{self, Failure, number};
use crate::linux::clock;
use crate::linux::harness::Role;

pub(crate) const PART: &str = "latency";

/// How a contestant waits and, once it has reacted, gets ready for the next signal.
trait Reactor {
    fn react(&mut self);
    fn rearm(&mut self) {}
}

/// Which thread reacts; the other one sends.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Place {
    Main,
    Other,
}

/// A way to learn of a signal.
pub(crate) struct Way {
    /// The child's argument.
    key: &'static str,
    pub(crate) name: &'static str,
    pub(crate) role: Role,
    serve: fn(u32, Place) -> Result<Vec<u64>, Failure>,
}

static WAYS: [Way; 9] = [
    Way { key: "flag", name: "bare handler, its flag spun on", role: Role::Floor, serve: reactors::flag },
    Way { key: "check", name: "allow_break(), spun on until Err", role: Role::Ours, serve: reactors::check },
    Way { key: "pipe", name: SELF_PIPE, role: Role::Rival, serve: reactors::pipe },
    Way { key: "watched", name: SELF_PIPE_AND_THREAD, role: Role::Floor, serve: reactors::pipe_and_thread },
    Way { key: "wait", name: WAIT, role: Role::Ours, serve: reactors::wait },
    Way { key: "future", name: "requested(), awaited", role: Role::Ours, serve: reactors::future },
    Way {
        key: "runtime",
        name: "requested(), current-thread runtime of tokio",
        role: Role::Ours,
        serve: reactors::future_on_tokio,
    },
    Way { key: "iterator", name: "signal-hook iterator", role: Role::Rival, serve: reactors::iterator },
    Way { key: "tokio", name: "tokio::signal, current-thread runtime", role: Role::Rival, serve: reactors::tokio },
];

pub(crate) const SELF_PIPE: &str = "self-pipe (signal-hook), blocking read";
pub(crate) const SELF_PIPE_AND_THREAD: &str = "the same, another thread woken too";
pub(crate) const WAIT: &str = "wait()";

/// The samples of one way, in microseconds.
pub(crate) struct Latency {
    pub(crate) way: &'static Way,
    pub(crate) main: Vec<f64>,
    pub(crate) other: Vec<f64>,
}

/// Measures all ways. The children take turns, `rounds` times.
pub(crate) fn measure(rounds: usize, samples: u32) -> Result<Vec<Latency>, Failure> {
    let mut results: Vec<_> = WAYS.iter().map(|way| Latency { way, main: Vec::new(), other: Vec::new() }).collect();
    for round in 0..rounds {
        for turn in 0..WAYS.len() {
            let Latency { way, main, other } = &mut results[(round + turn) % WAYS.len()];
            for (place, merged) in [("main", main), ("other", other)] {
                let arguments = [way.key.to_owned(), place.to_owned(), samples.to_string()];
                let lines = child::numbers(PART, &arguments)?;
                merged.extend(lines.iter().flatten().map(|nanoseconds| nanoseconds / 1e3));
            }
        }
    }
    Ok(results)
}

/// The child: prints one sample a line, in nanoseconds.
pub(crate) fn run(arguments: &[String]) -> Result<(), Failure> {
    let [key, place, samples] = arguments else {
        return Err("usage: latency <way> <main|other> <samples>".into());
    };
    let way = WAYS.iter().find(|way| way.key == key).ok_or_else(|| format!("no such way: {key}"))?;
    let place = if place == "main" { Place::Main } else { Place::Other };
    for nanoseconds in (way.serve)(number(samples)?, place)? {
        println!("{nanoseconds}");
    }
    Ok(())
}

/// Sends `samples` signals to the reactor that `make` builds in its thread; returns the nanoseconds that each took.
///
/// `hold` runs in the sending thread first, and what it returns is dropped there after the last signal has been dealt
/// with: the block that keeps the process alive has to be another owner's than the one that is interrupted.
fn drive<Held, R: Reactor>(
    samples: u32,
    place: Place,
    hold: impl FnOnce() -> Held + Send,
    make: impl FnOnce() -> R + Send,
) -> Result<Vec<u64>, Failure> {
    let (ready, armed) = mpsc::channel();
    let (reacted, stamps) = mpsc::channel();
    let send = move || send(hold, &armed, &stamps);
    let react = move || -> Result<(), Failure> {
        let mut reactor = make();
        for _ in 0..samples {
            ready.send(())?;
            reactor.react();
            reacted.send(clock::precise())?;
            reactor.rearm();
        }
        Ok(())
    };
    thread::scope(|scope| match place {
        Place::Main => {
            let sender = scope.spawn(send);
            react()?;
            sender.join().expect("the sender does not panic")
        }
        Place::Other => {
            let reactor = scope.spawn(react);
            let taken = send();
            reactor.join().expect("the reactor does not panic")?;
            taken
        }
    })
}

fn send<Held>(
    hold: impl FnOnce() -> Held,
    armed: &mpsc::Receiver<()>,
    stamps: &mpsc::Receiver<u64>,
) -> Result<Vec<u64>, Failure> {
    let _held = hold();
    let mut taken = Vec::new();
    while armed.recv().is_ok() {
        thread::sleep(Duration::from_micros(500));
        let sent = clock::precise();
        // SAFETY: `kill` has no memory preconditions; the process has a handler for the signal.
        if unsafe { libc::kill(libc::getpid(), libc::SIGTERM) } != 0 {
            return Err(std::io::Error::last_os_error().into());
        }
        // If nobody reacts, the limit of the child's time ends this.
        taken.push(stamps.recv()?.saturating_sub(sent));
    }
    Ok(taken)
}
