//! From the signal to the end of the process, as its parent sees it.
//!
//! Each contestant is a program of its own, as its library's documentation shows one: it sets up, says that it is ready,
//! waits, and ends when it is told. The time runs from just before `kill` to the return of `waitpid`, and so it has in it
//! what the kernel takes to end any process: the first row is a program that nobody told anything about signals.

use std::future::pending;
use std::io::{Read, Write, stdout};
use std::process::Stdio;
use std::thread;
use std::time::Duration;

use shutdown_protection::{ShutdownProtection, configure_shutdown_manager, protect_async, wait};
use signal_hook::iterator::Signals;

use crate::linux::child::{self, Failure};
use crate::linux::clock;
use crate::linux::harness::Role;

pub(crate) const PART: &str = "reaped";
const HOUR: Duration = Duration::from_secs(3600);

/// A program, and how it ends when it is told.
pub(crate) struct Way {
    /// The child's argument.
    key: &'static str,
    pub(crate) name: &'static str,
    pub(crate) role: Role,
    live: fn() -> Result<(), Failure>,
}

static WAYS: [Way; 7] = [
    Way { key: "bare", name: "the system's own: no handler", role: Role::Floor, live: || asleep(Ok(())) },
    Way { key: "no-block", name: "no block open: it ends at once", role: Role::Ours, live: no_block },
    Way { key: "wait", name: "in a block: wait(), then finish()", role: Role::Ours, live: waiting },
    Way { key: "future", name: "protect_async on tokio, with a breakpoint", role: Role::Ours, live: future },
    Way { key: "iterator", name: "signal-hook iterator, then return", role: Role::Rival, live: iterator },
    Way { key: "ctrlc", name: "ctrlc, its handler exits", role: Role::Rival, live: ctrlc_exits },
    Way { key: "tokio", name: "tokio::signal, then return", role: Role::Rival, live: tokio_signal },
];

/// The samples of one way, in milliseconds.
pub(crate) struct End {
    pub(crate) way: &'static Way,
    pub(crate) taken: Vec<f64>,
}

/// Starts each program `rounds` times; they take turns.
pub(crate) fn measure(rounds: usize) -> Result<Vec<End>, Failure> {
    let mut results: Vec<_> = WAYS.iter().map(|way| End { way, taken: Vec::new() }).collect();
    for round in 0..rounds {
        for turn in 0..WAYS.len() {
            let End { way, taken } = &mut results[(round + turn) % WAYS.len()];
            taken.push(one(way.key).map_err(|error| format!("{}: {error}", way.name))?);
        }
    }
    Ok(results)
}

fn one(key: &str) -> Result<f64, Failure> {
    let mut child = child::command(PART, &[key.to_owned()])?.stdout(Stdio::piped()).spawn()?;
    let mut said = [0];
    child.stdout.take().ok_or("the child's output is piped")?.read_exact(&mut said)?;
    // What it said is the last that it does before it waits.
    thread::sleep(Duration::from_millis(2));
    let sent = clock::precise();
    // SAFETY: `kill` has no memory preconditions; the child was not reaped.
    if unsafe { libc::kill(child.id().cast_signed(), libc::SIGTERM) } != 0 {
        return Err(std::io::Error::last_os_error().into());
    }
    child.wait()?;
    Ok((clock::precise() - sent) as f64 / 1e6)
}

/// The child.
pub(crate) fn run(arguments: &[String]) -> Result<(), Failure> {
    let [key] = arguments else {
        return Err("usage: reaped <way>".into());
    };
    let way = WAYS.iter().find(|way| way.key == key).ok_or_else(|| format!("no such way: {key}"))?;
    (way.live)()
}

fn ready() -> Result<(), Failure> {
    stdout().write_all(b"!")?;
    Ok(stdout().flush()?)
}

fn asleep(set_up: Result<(), Failure>) -> Result<(), Failure> {
    set_up?;
    ready()?;
    thread::sleep(HOUR);
    Err("nobody has ended it".into())
}

fn no_block() -> Result<(), Failure> {
    asleep(configure_shutdown_manager().apply().map_err(Failure::from))
}

fn waiting() -> Result<(), Failure> {
    let block = ShutdownProtection::start_for(HOUR)?;
    ready()?;
    while !wait(HOUR) {}
    Ok(block.finish()?)
}

fn future() -> Result<(), Failure> {
    runtime()?.block_on(async {
        let work = async {
            ready()?;
            shutdown_protection::requested().await;
            shutdown_protection::future::allow_break()?;
            pending::<Result<(), Failure>>().await
        };
        protect_async(HOUR, work).await?
    })
}

fn iterator() -> Result<(), Failure> {
    let mut signals = Signals::new([libc::SIGTERM])?;
    ready()?;
    signals.forever().next();
    Ok(())
}

fn ctrlc_exits() -> Result<(), Failure> {
    asleep(ctrlc::set_handler(|| std::process::exit(1)).map_err(Failure::from))
}

fn tokio_signal() -> Result<(), Failure> {
    use tokio::signal::unix::{SignalKind, signal};
    runtime()?.block_on(async {
        let mut signal = signal(SignalKind::terminate())?;
        ready()?;
        signal.recv().await;
        Ok(())
    })
}

fn runtime() -> Result<tokio::runtime::Runtime, Failure> {
    Ok(tokio::runtime::Builder::new_current_thread().enable_io().build()?)
}
