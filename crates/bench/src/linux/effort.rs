//! How long to measure, and where to write.

use std::env;
use std::path::{Path, PathBuf};
use std::time::Duration;

use crate::linux::child::Failure;

/// The numbers of rounds and samples.
pub(crate) struct Effort {
    pub(crate) name: &'static str,
    pub(crate) rounds: usize,
    pub(crate) batch: Duration,
    pub(crate) parallel_rounds: usize,
    pub(crate) parallel_batch: Duration,
    pub(crate) crowded_rounds: usize,
    pub(crate) crowded_batch: Duration,
    pub(crate) latency_rounds: usize,
    pub(crate) latency_samples: u32,
    pub(crate) overshoot_samples: u32,
    pub(crate) ends: usize,
    pub(crate) signals: u32,
    pub(crate) idle: Duration,
}

const FULL: Effort = Effort {
    name: "full",
    rounds: 1000,
    batch: Duration::from_micros(500),
    parallel_rounds: 600,
    parallel_batch: Duration::from_micros(500),
    crowded_rounds: 12,
    crowded_batch: Duration::from_millis(4),
    latency_rounds: 5,
    latency_samples: 300,
    overshoot_samples: 400,
    ends: 100,
    signals: 200,
    idle: Duration::from_secs(10),
};

const SHORT: Effort = Effort {
    name: "short",
    rounds: 100,
    batch: Duration::from_micros(500),
    parallel_rounds: 100,
    parallel_batch: Duration::from_micros(500),
    crowded_rounds: 2,
    crowded_batch: Duration::from_millis(1),
    latency_rounds: 2,
    latency_samples: 50,
    overshoot_samples: 50,
    ends: 10,
    signals: 30,
    idle: Duration::from_secs(2),
};

/// The arguments of the command line.
pub(crate) struct Options {
    pub(crate) effort: &'static Effort,
    /// Where the report goes, if anywhere.
    pub(crate) output: Option<PathBuf>,
    /// The root of the workspace.
    pub(crate) workspace: PathBuf,
}

impl Options {
    pub(crate) fn parse(arguments: &[String]) -> Result<Self, Failure> {
        let workspace = workspace();
        let mut short = false;
        let mut output = None;
        let mut arguments = arguments.iter();
        while let Some(argument) = arguments.next() {
            match argument.as_str() {
                "--short" => short = true,
                "--out" => {
                    output = Some(PathBuf::from(arguments.next().ok_or("--out needs a file")?));
                }
                _ => {
                    return Err(format!("unknown argument {argument:?}; known: --short, --out FILE").into());
                }
            }
        }
        // A short run must not replace the figures of a full one unasked.
        let output = output.or_else(|| (!short).then(|| workspace.join("docs").join("bench.md")));
        Ok(Self { effort: if short { &SHORT } else { &FULL }, output, workspace })
    }
}

/// Two folders above this package. Cargo tells where that is now; a binary started without it runs in the workspace.
fn workspace() -> PathBuf {
    let package = env::var_os("CARGO_MANIFEST_DIR").map(PathBuf::from);
    package.as_deref().and_then(Path::parent).and_then(Path::parent).map_or_else(|| PathBuf::from("."), Path::to_owned)
}
