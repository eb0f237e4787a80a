//! File descriptors have run out before the first block: the library needs none.

use prove_common::Result;
use prove_common::programs::Face;
use prove_common::system::SIGTERM;

use super::case::{Bench, Case, at, died};

const ALL: &str = "blocks, breakpoints and deadlines as ever: none is needed";

pub(crate) fn cases(face: Face) -> Vec<Case> {
    ["break", "deadline"]
        .map(|way| {
            Case::new(format!("no file descriptor is left before the first block: {way}"), face, ALL, move |bench| {
                look(bench, face, way)
            })
        })
        .into()
}

fn look(bench: &Bench, face: Face, way: &str) -> Result<String> {
    let mut child = bench.start(face, "descriptors", &[way])?;
    let start = child.number("start ")?;
    child.expect("ready")?;
    let sent = child.signal(SIGTERM);
    let promised = if way == "deadline" { start + 300_000_000 } else { sent };
    let end = child.end()?;
    Ok(format!("{}, {}", died(&end, SIGTERM)?, at(&end, promised)?))
}
