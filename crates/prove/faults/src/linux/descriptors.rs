//! File descriptors have run out: the engine needs none, and the Python package needs one at its first block.

use prove_common::Result;
use prove_common::programs::Face;
use prove_common::system::SIGTERM;

use super::case::{Bench, Case, MS, at, died};

const ALL: &str = "blocks, breakpoints and deadlines as ever: none is needed";
const REFUSED: &str = "`OSError` (`EMFILE`), since the first block imports a module; no handler is changed, and with a \
                       descriptor it works";

pub(crate) fn cases(face: Face) -> Vec<Case> {
    if face == Face::Rust {
        let before =
            |way| Case::new(format!("no file descriptor at the first block: {way}"), face, ALL, look(face, way));
        return ["break", "deadline"].map(before).into();
    }
    let after =
        |way| Case::new(format!("no file descriptor behind the installation: {way}"), face, ALL, look(face, way));
    let mut cases = vec![Case::new("no file descriptor at the first block", face, REFUSED, look(face, "before"))];
    cases.extend(["break", "deadline", "thread"].map(after));
    cases
}

fn look(face: Face, way: &'static str) -> impl Fn(&Bench) -> Result<String> + Send + Sync {
    move |bench| {
        let mut child = bench.start(face, "descriptors", &[way])?;
        let refused = if way == "before" {
            let module = child.expect("refused EMFILE")?;
            child.expect("handlers untouched")?;
            format!("`EMFILE` at {module}; later ")
        } else {
            String::new()
        };
        let start = child.number("start ")?;
        child.expect("ready")?;
        let sent = child.signal(SIGTERM);
        let promised = if matches!(way, "deadline" | "thread") { sent.max(start + 300 * MS) } else { sent };
        let end = child.end()?;
        Ok(format!("{refused}{}, {}", died(&end, SIGTERM)?, at(&end, promised)?))
    }
}
