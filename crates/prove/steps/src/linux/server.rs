//! The victim's server, started: how, and where its two files are.

use std::fs::{self, OpenOptions};
use std::io;
use std::os::unix::process::CommandExt;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};

use nix::sys::personality::{self, Persona};
use nix::sys::resource::{Resource, setrlimit};
use nix::sys::signal::{SigHandler, Signal, signal};
use tempfile::TempDir;

use super::shot::EVENTS;

/// What is run: a program and its arguments, which two files follow.
#[derive(Debug, Clone)]
pub(crate) struct Victim {
    pub(crate) command: Vec<PathBuf>,
    /// Where Python looks for modules first.
    pub(crate) modules: Option<PathBuf>,
}

/// The two files in which the program writes its rows.
pub(crate) struct Ledger {
    folder: TempDir,
}

impl Ledger {
    /// In memory, where that is to be had.
    pub(crate) fn new() -> io::Result<Self> {
        let memory = Path::new("/dev/shm");
        let folder = if memory.is_dir() { TempDir::new_in(memory) } else { TempDir::new() }?;
        let ledger = Self { folder };
        for file in ledger.files() {
            fs::write(file, "")?;
        }
        Ok(ledger)
    }

    fn files(&self) -> [PathBuf; 2] {
        ["first", "second"].map(|name| self.folder.path().join(name))
    }

    pub(crate) fn clear(&self) -> io::Result<()> {
        self.files().iter().try_for_each(|file| OpenOptions::new().write(true).open(file)?.set_len(0))
    }

    /// The rows, by their first step and by their second. In any order: threads write at the same time.
    pub(crate) fn read(&self) -> io::Result<[Vec<u8>; 2]> {
        let [mut first, mut second] = self.files().map(fs::read);
        first.iter_mut().chain(&mut second).for_each(|rows| rows.sort_unstable());
        Ok([first?, second?])
    }

    pub(crate) fn start(&self, victim: &Victim) -> io::Result<Child> {
        let mut command = Command::new(&victim.command[0]);
        command.args(&victim.command[1..]).args(self.files());
        command.stdin(Stdio::piped()).stdout(Stdio::null()).stderr(Stdio::null());
        command.env("PYTHONHASHSEED", "0").env_remove("PYTHONPATH");
        if let Some(modules) = &victim.modules {
            command.env("PYTHONPATH", modules);
        }
        let clean = || {
            // The same addresses in all servers, so that what one has explored holds for all. Where it is refused, their cases
            // are stepped from the mark on.
            if let Ok(now) = personality::get() {
                let _ = personality::set(now | Persona::ADDR_NO_RANDOMIZE);
            }
            setrlimit(Resource::RLIMIT_CORE, 0, 0)?;
            for event in EVENTS.into_iter().chain([Signal::SIGURG]) {
                // SAFETY: the default disposition runs no code of ours.
                unsafe { signal(event, SigHandler::SigDfl) }?;
            }
            Ok(())
        };
        // A shell may have had us ignore some, and the program would rightly ignore them as well.
        // SAFETY: what is called there may be called between fork and exec.
        unsafe { command.pre_exec(clean) };
        command.spawn()
    }
}
