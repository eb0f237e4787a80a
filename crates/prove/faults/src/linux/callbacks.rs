//! A callback that never returns: the end is bounded all the same.

use prove_common::Result;
use prove_common::programs::Face;
use prove_common::system::{SIGHUP, SIGTERM, settled};

use super::case::{Bench, Case, MS, at, died};

/// `max_exec_time`, which bounds callbacks, and `unwind_time`, in milliseconds.
const TIME: u64 = 800;
const UNWIND: u64 = 200;

pub(crate) fn cases(face: Face) -> Vec<Case> {
    let bounded = "bounded by `max_exec_time`";
    let attempts = "the third attempt ends it, bounded by `unwind_time`";
    let mut cases = vec![
        Case::new("`before_termination` never returns, no block", face, bounded, move |bench| {
            one(bench, face, ["termination", "outside"], SIGTERM)
        }),
        Case::new("`before_termination` never returns, at a breakpoint", face, at_a_breakpoint(face), move |bench| {
            one(bench, face, ["termination", "inside"], SIGTERM)
        }),
        Case::new("`before_hup` never returns, no block", face, bounded, move |bench| {
            one(bench, face, ["hup", "outside"], SIGHUP)
        }),
        Case::new("`before_hup` never returns, in a block that breaks", face, in_a_block(face), move |bench| {
            one(bench, face, ["hup", "inside"], SIGHUP)
        }),
    ];
    cases.push(Case::new("`before_termination` never returns, and the user insists", face, attempts, move |bench| {
        let mut child = bench.start(face, "callbacks", &["termination", "outside", "60000", &UNWIND.to_string()])?;
        child.expect("ready")?;
        child.signal(SIGTERM);
        child.expect("callback")?;
        let mut last = 0;
        for _ in 0..2 {
            if !settled(child.pid()) {
                return Err("a signal is never taken".into());
            }
            std::thread::sleep(std::time::Duration::from_millis(70));
            last = child.signal(SIGTERM);
        }
        let end = child.end()?;
        Ok(format!("{}, {} after the third", died(&end, SIGTERM)?, at(&end, last)?))
    }));
    cases
}

/// Rust's owner has been told by then.
fn at_a_breakpoint(face: Face) -> &'static str {
    match face {
        Face::Rust => "bounded by `max_exec_time`, behind which the owner has its `unwind_time` of 0.2 s",
        Face::Python => "bounded by `max_exec_time`",
    }
}

/// Rust runs it in a thread of its own, Python in the main thread.
fn in_a_block(face: Face) -> &'static str {
    match face {
        Face::Rust => "bounded by `max_exec_time`",
        Face::Python => "bounded by the deadline of the block that it hangs in",
    }
}

fn one(bench: &Bench, face: Face, [which, place]: [&str; 2], signal: i32) -> Result<String> {
    let mut child = bench.start(face, "callbacks", &[which, place, &TIME.to_string(), &UNWIND.to_string()])?;
    child.expect("ready")?;
    let sent = child.signal(signal);
    child.expect("callback")?;
    let end = child.end()?;
    Ok(format!("{}, {}", died(&end, signal)?, at(&end, sent + TIME * MS)?))
}
