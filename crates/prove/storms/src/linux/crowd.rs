//! A running crowd, and the storm that it stands in.

use std::os::unix::process::CommandExt;
use std::path::PathBuf;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread;
use std::time::Duration;

use prove_common::Result;
use prove_common::child::{Child, End};
use prove_common::ledger::{Audit, Ledger, audit};
use prove_common::system::kill;
use tempfile::TempDir;

use prove_common::programs::{Face, Programs};

/// Signals that are sent without a pause.
const BURST: usize = 256;

pub(crate) struct Crowd {
    pub(crate) child: Child,
    ledger: PathBuf,
    // Removed with it.
    _folder: TempDir,
}

/// What a crowd says at its end.
pub(crate) struct Told {
    pub(crate) children: u64,
    /// Children that ended as they must not.
    pub(crate) bad: u64,
    /// The events that its writers were told of, each by its signal.
    pub(crate) events: Vec<i32>,
}

impl Crowd {
    pub(crate) fn start(
        programs: &Programs,
        face: Face,
        [threads, tasks]: [usize; 2],
        mode: &str,
        limit: Duration,
    ) -> Result<Self> {
        let folder = tempfile::tempdir()?;
        let ledger = folder.path().join("ledger");
        // The last record is that of the forked children.
        Ledger::create(&ledger, threads + tasks + 1)?;
        let path = ledger.to_str().ok_or("the folder for files has no name in UTF-8")?;
        let mut command = programs.command(face, "crowd", [path, &threads.to_string(), &tasks.to_string(), mode]);
        // A group of its own, so that signals to the group reach its children, and not this program.
        command.process_group(0);
        let mut child = Child::start(command, limit)?;
        child.expect("ready")?;
        Ok(Self { child, ledger, _folder: folder })
    }

    /// Sends signals of these kinds at full speed, some of them to the group, as long as `until` takes; gives how many.
    pub(crate) fn storm<T>(&mut self, kinds: &[i32], until: impl FnOnce(&mut Child) -> T) -> (u64, T) {
        let (pid, over) = (self.child.pid(), AtomicBool::new(false));
        thread::scope(|scope| {
            let sender = scope.spawn(|| send_until(&over, pid, kinds));
            let result = until(&mut self.child);
            over.store(true, Ordering::SeqCst);
            (sender.join().unwrap_or_default(), result)
        })
    }

    /// Its last words.
    pub(crate) fn told(&mut self) -> Result<Told> {
        let children = self.child.expect("children ")?;
        let (children, bad) = children.split_once(' ').ok_or("children are two numbers")?;
        let events = self.child.expect("told ")?;
        let events = events.split(',').map(str::parse).collect::<std::result::Result<_, _>>()?;
        Ok(Told { children: children.parse()?, bad: bad.parse()?, events })
    }

    /// Its end, and what it has written.
    pub(crate) fn end(self) -> Result<(End, Audit)> {
        let end = self.child.end()?;
        Ok((end, audit(&self.ledger)?))
    }
}

fn send_until(over: &AtomicBool, pid: i32, kinds: &[i32]) -> u64 {
    let mut sent = 0_u64;
    while !over.load(Ordering::SeqCst) {
        for count in 0..BURST {
            let to = if count % 8 == 7 { -pid } else { pid };
            kill(to, kinds[count % kinds.len()]);
        }
        sent += BURST as u64;
        thread::sleep(Duration::from_micros(fastrand::u64(0..200)));
    }
    sent
}
