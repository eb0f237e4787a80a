//! No thread is to be had: for the supervisor at the first block, and for callbacks later.

use prove_common::Result;
use prove_common::programs::Face;
use prove_common::system::{SIGHUP, SIGTERM};

use super::case::{Bench, Case, died};

const REFUSED: &str = "the first block is refused (Rust: a panic, or `Err` of `apply()`; Python: `OSError`), no handler is left \
                       installed, and once there are threads all works";

pub(crate) fn cases(face: Face) -> Vec<Case> {
    let refused = |way: &'static str| move |bench: &Bench| refused(bench, face, way);
    let mut cases = vec![
        Case::new("`pthread_create` fails (EAGAIN) at the first block", face, REFUSED, refused("shim")),
        Case::new("`RLIMIT_NPROC`, as an unprivileged user", face, REFUSED, refused("limit")),
        Case::new(
            "no thread while a shutdown is pending",
            face,
            "breakpoint, callback and status are as ever",
            move |bench| {
                let mut child = bench.start(face, "threads", &["pending"])?;
                child.expect("ready")?;
                child.signal(SIGTERM);
                child.expect("pending")?;
                child.expect("callback")?;
                died(&child.end()?, SIGTERM)
            },
        ),
    ];
    if face == Face::Rust {
        cases.push(Case::new(
            "no thread for `before_termination`, no block open",
            face,
            "the end is more important than the callback",
            |bench| without_a_block(bench, SIGTERM),
        ));
        cases.push(Case::new(
            "no thread for `before_hup`, no block open",
            face,
            "the end is more important than the callback",
            |bench| without_a_block(bench, SIGHUP),
        ));
    }
    cases
}

fn refused(bench: &Bench, face: Face, way: &str) -> Result<String> {
    let mut child = bench.start(face, "threads", &[way])?;
    let error = child.expect("refused ")?;
    child.expect("handler default")?;
    child.expect("works again")?;
    child.expect("ready")?;
    child.signal(SIGTERM);
    child.expect("pending")?;
    let end = died(&child.end()?, SIGTERM)?;
    Ok(format!("\"{error}\"; later {end}"))
}

fn without_a_block(bench: &Bench, signal: i32) -> Result<String> {
    let mut child = bench.start(Face::Rust, "threads", &["outside"])?;
    child.expect("ready")?;
    child.signal(signal);
    let end = child.end()?;
    if !end.lines.is_empty() {
        return Err(format!("a callback ran: {:?}", end.lines).into());
    }
    died(&end, signal)
}
