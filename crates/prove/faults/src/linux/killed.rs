//! `SIGKILL`: nothing protects against it. That it tears is shown, and that the documentation says so.

use std::path::Path;
use std::time::Duration;

use prove_common::Result;
use prove_common::ledger::{Ledger, audit};
use prove_common::programs::Face;

use super::case::{Bench, Case};

pub(crate) fn cases(face: Face) -> Vec<Case> {
    vec![Case::new(
        "`SIGKILL` between the two steps of a protected write",
        face,
        "torn, as the README says",
        move |bench| {
            let (mut torn, mut runs) = (0, 0);
            // Most tear: so few, until one has.
            while runs < bench.programs.effort(20, 3) || torn == 0 && runs < 20 {
                torn += one(bench, face)?;
                runs += 1;
            }
            if torn == 0 {
                return Err("nothing was torn: the documentation says too little of this, or this test does".into());
            }
            documented()?;
            Ok(format!("{torn} of {runs} torn"))
        },
    )]
}

fn one(bench: &Bench, face: Face) -> Result<u64> {
    let folder = tempfile::tempdir()?;
    let path = folder.path().join("ledger");
    Ledger::create(&path, 1)?;
    let name = path.to_str().ok_or("the folder for files has no name in UTF-8")?;
    let mut child = bench.start(face, "writer", &[name])?;
    child.expect("ready")?;
    std::thread::sleep(Duration::from_millis(3));
    child.signal(libc::SIGKILL);
    child.end()?;
    Ok(audit(&path)?.torn)
}

/// The sentence that warns of it.
fn documented() -> Result {
    let readme = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../../README.md");
    match std::fs::read_to_string(readme)?.contains("protects against `SIGKILL`") {
        true => Ok(()),
        false => Err("the README does not say that nothing protects against `SIGKILL`".into()),
    }
}
