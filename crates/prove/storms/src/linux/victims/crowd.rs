//! Hundreds of writers, each in one block after the other: `crowd LEDGER THREADS TASKS MODE`.
//!
//! Modes: `ends` (the first event is the end), `lives` (every shutdown is cancelled, until the parent says `calm`), `rounds`
//! (the same, and each one is told to the parent), `bare` (without protection, for the proof of the proof).

use std::path::PathBuf;
use std::process::ExitCode;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::thread;
use std::time::Duration;

use prove_common::Result;
use prove_common::ledger::Ledger;
use prove_common::system::{fork, reap};
use prove_common::talk::{LONG, arg, asleep, await_pending, hear, number, patient, say};
use shutdown_protection::{
    Interrupted, ShutdownProtection, cancel_shutdown, configure_shutdown_manager, future, is_requested, protect_async,
    wait,
};

/// Until it is set, who is interrupted begins again.
static CALM: AtomicBool = AtomicBool::new(true);
/// How many writers have written.
static AT_WORK: AtomicUsize = AtomicUsize::new(0);
/// How many children there were.
static FORKED: AtomicUsize = AtomicUsize::new(0);

/// How long who is refused waits, while every shutdown is cancelled.
const REFUSED: Duration = Duration::from_millis(1);

struct Crowd {
    ledger: Ledger,
    bare: bool,
}

pub(super) fn run() -> Result<ExitCode> {
    let crowd = Arc::new(Crowd { ledger: Ledger::open(&PathBuf::from(arg(0)))?, bare: arg(3) == "bare" });
    let (threads, tasks): (usize, usize) = (number(1), number(2));
    let mode = arg(3);
    patient();
    configure_shutdown_manager().max_attempts(u32::MAX).apply()?;
    CALM.store(!matches!(mode.as_str(), "lives" | "rounds"), Ordering::SeqCst);

    let block = (!crowd.bare).then(|| ShutdownProtection::start_for(LONG)).transpose()?;
    let pool = tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build()?;
    let writers: Vec<_> = (0..threads).map(|writer| at_work(&crowd, writer, Crowd::thread)).collect();
    let tasks: Vec<_> = (threads..threads + tasks).map(|writer| pool.spawn(task(Arc::clone(&crowd), writer))).collect();
    let children = at_work(&crowd, threads + tasks.len(), Crowd::children);
    while AT_WORK.load(Ordering::SeqCst) < threads + tasks.len() {
        thread::sleep(Duration::from_millis(1));
    }
    say("ready");

    if let Some(block) = &block {
        live(&mode, block);
    } else {
        asleep();
    }
    let mut told: Vec<i32> = Vec::new();
    for writer in writers {
        told.push(writer.join().map_err(|_| "a writer panicked")?);
    }
    for task in pool.block_on(async {
        let mut ended = Vec::new();
        for task in tasks {
            ended.push(task.await);
        }
        ended
    }) {
        told.push(task?);
    }
    let bad = children.join().map_err(|_| "the forker panicked")?;
    say(&format!("children {} {bad}", FORKED.load(Ordering::SeqCst)));
    told.dedup();
    say(&format!("told {}", told.iter().map(i32::to_string).collect::<Vec<_>>().join(",")));
    drop(block);
    asleep()
}

fn at_work(crowd: &Arc<Crowd>, writer: usize, work: fn(&Crowd, usize) -> i32) -> thread::JoinHandle<i32> {
    let crowd = Arc::clone(crowd);
    thread::spawn(move || work(&crowd, writer))
}

/// Cancels every shutdown until the parent has had enough.
fn live(mode: &str, block: &ShutdownProtection) {
    if CALM.load(Ordering::SeqCst) {
        return;
    }
    thread::spawn(|| {
        while hear() != "calm" {}
        CALM.store(true, Ordering::SeqCst);
    });
    let mut cancelled = 0_u64;
    while !CALM.load(Ordering::SeqCst) {
        if wait(Duration::from_millis(10)) {
            let told = block.allow_break().map_err(|interrupted| super::number(interrupted.event()));
            assert!(cancel_shutdown().is_ok());
            cancelled += 1;
            if mode == "rounds" {
                say(&format!("seen {}", told.err().unwrap_or(0)));
            }
        }
    }
    say(&format!("cancelled {cancelled}"));
    // All that came so far may have been cancelled; the parent sends one more.
    await_pending();
}

impl Crowd {
    /// One pair of steps, with time between them for a signal: some writers hold their blocks open, others hurry.
    fn pair(&self, writer: usize, between: impl Fn()) {
        self.ledger.first_step(writer).expect("a file");
        between();
        self.ledger.second_step(writer).expect("a file");
    }

    fn thread(&self, writer: usize) -> i32 {
        let pause = || match writer % 8 {
            0 => thread::yield_now(),
            more => thread::sleep(Duration::from_micros(500 * more as u64)),
        };
        let mut first = true;
        loop {
            let answer = if self.bare {
                self.pair(writer, pause);
                Ok(())
            } else {
                self.in_a_block(writer, pause)
            };
            if std::mem::take(&mut first) {
                AT_WORK.fetch_add(1, Ordering::SeqCst);
            }
            let refused = answer.is_err();
            if let Some(event) = ends(answer) {
                return event;
            }
            // Those who are told at each start must not take the processor from who cancels.
            if refused {
                thread::sleep(REFUSED);
            }
        }
    }

    fn in_a_block(&self, writer: usize, pause: impl Fn()) -> std::result::Result<(), Interrupted> {
        let block = ShutdownProtection::start_for(LONG)?;
        self.pair(writer, &pause);
        block.allow_break()?;
        self.pair(writer, &pause);
        block.finish()
    }

    /// Forks one child after the other until the end comes; gives how many of them ended as they must not.
    fn children(&self, writer: usize) -> i32 {
        let mut bad = 0;
        while !(CALM.load(Ordering::SeqCst) && is_requested()) {
            if let Some(pid) = fork(|| self.child(writer)) {
                let status = reap(pid);
                bad += i32::from(!matches!(status, 0 | -1 | -2 | -3 | -15));
                FORKED.fetch_add(1, Ordering::SeqCst);
            }
            thread::sleep(Duration::from_millis(5));
        }
        bad
    }

    /// A child has a life of its own: nothing is pending in it but what it was sent itself.
    fn child(&self, writer: usize) -> i32 {
        // SAFETY: takes no pointer. A child that hangs dies of it, which is none of the endings that are allowed.
        unsafe { libc::alarm(30) };
        if self.bare {
            return 0;
        }
        let answer = self.in_a_block(writer, thread::yield_now);
        i32::from(answer.is_err() && !is_requested()) * 77
    }
}

async fn task(crowd: Arc<Crowd>, writer: usize) -> i32 {
    let mut first = true;
    loop {
        let answer = if crowd.bare {
            crowd.pair_in_task(writer).await;
            Ok(())
        } else {
            let work = async {
                crowd.pair_in_task(writer).await;
                future::allow_break()?;
                crowd.pair_in_task(writer).await;
                Ok(())
            };
            protect_async(LONG, work).await.and_then(|answer| answer)
        };
        if std::mem::take(&mut first) {
            AT_WORK.fetch_add(1, Ordering::SeqCst);
        }
        let refused = answer.is_err();
        if let Some(event) = ends(answer) {
            return event;
        }
        if refused {
            tokio::time::sleep(REFUSED).await;
        }
        tokio::task::yield_now().await;
    }
}

impl Crowd {
    async fn pair_in_task(&self, writer: usize) {
        self.ledger.first_step(writer).expect("a file");
        tokio::time::sleep(Duration::from_millis(writer as u64 % 4)).await;
        self.ledger.second_step(writer).expect("a file");
    }
}

/// The event that ended a writer for good.
fn ends(answer: std::result::Result<(), Interrupted>) -> Option<i32> {
    answer.err().filter(|_| CALM.load(Ordering::SeqCst)).map(|interrupted| super::number(interrupted.event()))
}
