//! The programs under test, and how much of each is done.

use std::path::{Path, PathBuf};
use std::process::Command;

use prove_common::Result;
use prove_common::options::Options;

/// Who speaks to the engine.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Face {
    Rust,
    Python,
}

impl Face {
    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::Rust => "Rust",
            Self::Python => "Python",
        }
    }
}

pub(crate) struct Programs {
    own: PathBuf,
    python: Option<PathBuf>,
    short: bool,
}

impl Programs {
    pub(crate) fn new(options: &Options) -> Result<Self> {
        Ok(Self { own: std::env::current_exe()?, python: options.python.clone(), short: options.short })
    }

    /// Those that there are.
    pub(crate) fn faces(&self) -> impl Iterator<Item = Face> + use<> {
        std::iter::once(Face::Rust).chain(self.python.is_some().then_some(Face::Python))
    }

    /// A program by its name; both faces have it.
    pub(crate) fn command<'a>(&self, face: Face, name: &str, args: impl IntoIterator<Item = &'a str>) -> Command {
        let mut command = match (face, &self.python) {
            (Face::Python, Some(python)) => {
                let mut command = Command::new(python);
                let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("python");
                // The forks beside threads are what is tested; the interpreter warns of them.
                command.args(["-B", "-W", "ignore::DeprecationWarning"]).arg(folder.join(name).with_extension("py"));
                command
            }
            _ => {
                let mut command = Command::new(&self.own);
                command.args(["--victim", name]);
                command
            }
        };
        command.args(args);
        command
    }

    pub(crate) fn is_short(&self) -> bool {
        self.short
    }

    /// So many in the full form, or in the short one.
    pub(crate) fn effort<T>(&self, full: T, short: T) -> T {
        if self.short { short } else { full }
    }
}
