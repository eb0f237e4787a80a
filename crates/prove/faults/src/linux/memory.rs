//! Memory has run out: at the first block, and while a shutdown is pending.
//!
//! Neither Rust's allocator nor a new thread's stack can be had then, and the contract has no rule for it. What must not be is
//! a hang, or an end that looks like another one.

use prove_common::Result;
use prove_common::programs::Face;
use prove_common::system::SIGTERM;

use super::case::{Bench, Case};

/// What is left of the address space at the first block, in KiB.
const LEFT: [&str; 6] = ["0", "64", "512", "2048", "8192", "65536"];

pub(crate) fn cases(face: Face) -> Vec<Case> {
    let mut cases: Vec<_> = LEFT
        .map(|left| {
            let promised = "a refusal as without threads, or Rust's abort (SIGABRT), or all works; no hang";
            Case::new(format!("`RLIMIT_AS`: {left} KiB left at the first block"), face, promised, move |bench| {
                look(bench, face, left)
            })
        })
        .into();
    let promised =
        "the hard stage (Python: the exception) ends it by its signal, or Rust's or the C library's abort; no hang";
    cases.push(Case::new("no memory is left when the event comes", face, promised, move |bench| {
        let mut child = bench.start(face, "memory", &["pending"])?;
        child.expect("ready")?;
        child.signal(SIGTERM);
        let end = child.end()?;
        match end.signal() {
            Some(SIGTERM | libc::SIGABRT) => Ok(end.status()),
            // The C library's own end, where a thread of ours first touches what is local to it in a loaded library.
            None if end.stderr.contains("thread-local data: ABORT") => {
                Ok(format!("the C library's abort, {}", end.status()))
            }
            _ => Err(format!("it ended with {}, {:?}", end.status(), end.stderr).into()),
        }
    }));
    cases
}

fn look(bench: &Bench, face: Face, left: &str) -> Result<String> {
    let mut child = bench.start(face, "memory", &[left])?;
    child.expect("limited")?;
    let Ok(answer) = child.expect("") else {
        // It said nothing more: that must have been an abort.
        let end = child.end()?;
        return match end.signal() {
            Some(libc::SIGABRT) => Ok(format!("abort: {:?}", end.stderr.trim().lines().last().unwrap_or_default())),
            _ => Err(format!("it ended with {}, {:?}", end.status(), end.stderr).into()),
        };
    };
    if answer != "works" {
        let end = child.end()?;
        return match end.status.code() {
            Some(0) => Ok(answer),
            _ => Err(format!("after {answer:?} it ended with {}, {:?}", end.status(), end.stderr).into()),
        };
    }
    child.signal(SIGTERM);
    let end = child.end()?;
    match end.signal() {
        Some(SIGTERM | libc::SIGABRT) => Ok(format!("works, then {}", end.status())),
        _ => Err(format!("it worked, and ended with {}, {:?}", end.status(), end.stderr).into()),
    }
}
