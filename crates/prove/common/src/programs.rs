//! The programs under test, and how much of each is done.

use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::thread;

use crate::Result;
use crate::options::Options;

/// Who speaks to the engine.
#[derive(Clone, Copy, PartialEq, Eq)]
pub enum Face {
    /// This program itself.
    Rust,
    /// A program in Python, with the package.
    Python,
}

impl Face {
    /// As the tables write it.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Rust => "Rust",
            Self::Python => "Python",
        }
    }
}

/// Where they lie, and how much is asked for.
pub struct Programs {
    own: PathBuf,
    python: Option<PathBuf>,
    folder: PathBuf,
    short: bool,
}

impl Programs {
    /// `part`: the folder of the part's crate, whose folder `python` has the programs in Python.
    ///
    /// # Errors
    ///
    /// If this program does not know where it lies itself.
    pub fn new(options: &Options, part: &str) -> Result<Self> {
        let (own, folder) = (std::env::current_exe()?, Path::new(part).join("python"));
        Ok(Self { own, python: options.python.clone(), folder, short: options.short })
    }

    /// Those that there are.
    pub fn faces(&self) -> impl Iterator<Item = Face> + use<> {
        std::iter::once(Face::Rust).chain(self.python.is_some().then_some(Face::Python))
    }

    /// A program by its name; both faces have it.
    pub fn command<'a>(&self, face: Face, name: &str, args: impl IntoIterator<Item = &'a str>) -> Command {
        let mut command = match (face, &self.python) {
            (Face::Python, Some(python)) => {
                let mut command = Command::new(python);
                // The forks beside threads are what is tested; the interpreter warns of them.
                command
                    .args(["-B", "-W", "ignore::DeprecationWarning"])
                    .arg(self.folder.join(name).with_extension("py"));
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

    /// So many in the full form, or in the short one.
    pub fn effort<T>(&self, full: T, short: T) -> T {
        if self.short { short } else { full }
    }
}

/// Does `count` jobs, some at once: the programs that climb ladders sleep most of the time.
pub fn some_at_once(count: usize, job: impl Fn(usize) + Sync) {
    const AT_ONCE: usize = 4;
    let next = AtomicUsize::new(0);
    thread::scope(|scope| {
        for _ in 0..AT_ONCE {
            scope.spawn(|| {
                loop {
                    match next.fetch_add(1, Ordering::SeqCst) {
                        index if index < count => job(index),
                        _ => return,
                    }
                }
            });
        }
    });
}
