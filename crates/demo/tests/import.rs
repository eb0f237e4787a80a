//! The importer as a process of its own: it resumes, it leaves torn pairs alone, and it is not torn
//! itself.

use std::path::Path;
use std::process::Command;

use transfers_demo::audit::Audit;
use transfers_demo::generate::generate;
use transfers_demo::site::Site;
use transfers_demo::transfer::{Transfer, write_transfers};

/// A list of its own for each test, much shorter than the shipped one.
struct Import {
    folder: tempfile::TempDir,
    transfers: Vec<Transfer>,
}

impl Import {
    fn of(count: u32) -> Self {
        let import = Self { folder: tempfile::tempdir().unwrap(), transfers: generate(count, 1) };
        write_transfers(&import.folder.path().join("list.csv"), &import.transfers).unwrap();
        import
    }

    fn folder(&self) -> &Path {
        self.folder.path()
    }

    fn importer(&self) -> Command {
        let mut command = Command::new(env!("CARGO_BIN_EXE_import-transfers"));
        command.arg("--list").arg(self.folder().join("list.csv"));
        command.arg("--site").arg(self.folder());
        command
    }

    fn site(&self) -> Site {
        Site::open(self.folder(), &self.transfers).unwrap()
    }

    fn audit(&self) -> Audit {
        Audit::of(&self.site(), &self.transfers).unwrap()
    }
}

#[test]
fn it_imports_everything_and_resumes_with_nothing() {
    let import = Import::of(40);

    assert!(import.importer().status().unwrap().success());
    assert_eq!(import.audit().complete.len(), 40);

    let output = import.importer().output().unwrap();
    assert!(output.status.success());
    assert!(String::from_utf8_lossy(&output.stdout).contains("imported 0 transfers"));
}

#[test]
fn it_skips_complete_transfers_and_leaves_torn_ones_alone() {
    let import = Import::of(4);
    let site = import.site();
    site.ledger.record(&import.transfers[0]).unwrap();
    site.receipts.file(1).unwrap();
    site.ledger.record(&import.transfers[1]).unwrap();
    site.receipts.file(3).unwrap();
    drop(site);

    let output = import.importer().output().unwrap();

    assert!(output.status.success());
    assert!(String::from_utf8_lossy(&output.stderr).contains("left as they are: 2"));
    let expected =
        Audit { complete: [1, 4].into(), row_only: [2].into(), receipt_only: [3].into(), ..Audit::default() };
    assert_eq!(import.audit(), expected);
}

mod interrupted {
    use std::io::Read;
    use std::process::{Child, ExitStatus, Stdio};

    use super::events::{self, Event};
    use super::*;

    /// Sends the event while the first transfer rests between its two steps.
    fn interrupt(import: &Import, event: Event, more: &[&str]) -> ExitStatus {
        let mut importer = import.importer();
        importer.args(["--pace", "300"]).args(more).stdout(Stdio::piped());
        events::let_come(&mut importer);
        let mut child: Child = importer.spawn().unwrap();
        child.stdout.as_mut().unwrap().read_exact(&mut [0]).unwrap();
        // The row is there, so the importer is past the first step.
        while import.site().ledger.recorded().unwrap().is_empty() {
            std::thread::yield_now();
        }
        events::send(child.id(), event);
        child.wait().unwrap()
    }

    #[test]
    fn under_protection_the_transfer_is_completed_first() {
        for event in events::ALL {
            let import = Import::of(50);
            let status = interrupt(&import, event, &[]);

            assert!(events::is_the_end(status, event), "{event:?}: {status}");
            let audit = import.audit();
            assert_eq!(audit.torn(), 0, "{audit}");
            assert!(!audit.complete.is_empty() && !audit.waiting.is_empty(), "{audit}");
        }
    }

    #[test]
    fn without_it_the_pair_is_torn() {
        let import = Import::of(50);
        interrupt(&import, events::ALL[1], &["--unprotected"]);

        assert_eq!(import.audit().row_only.len(), 1, "{}", import.audit());
    }
}

/// What asks a program to end on this system.
#[cfg(unix)]
mod events {
    use std::os::unix::process::{CommandExt, ExitStatusExt};
    use std::process::{Command, ExitStatus};

    use nix::sys::signal::{SigHandler, Signal, kill, signal};
    use nix::unistd::Pid;

    pub(super) type Event = Signal;

    pub(super) const ALL: [Event; 4] = [Signal::SIGINT, Signal::SIGTERM, Signal::SIGQUIT, Signal::SIGHUP];

    /// A test under `nohup` ignores `SIGHUP`, and what it starts inherits that.
    pub(super) fn let_come(program: &mut Command) {
        // SAFETY: `signal` may be called between `fork` and `exec`.
        unsafe {
            program.pre_exec(|| {
                for event in ALL {
                    signal(event, SigHandler::SigDfl)?;
                }
                Ok(())
            });
        }
    }

    pub(super) fn send(pid: u32, signal: Event) {
        kill(Pid::from_raw(pid as i32), signal).unwrap();
    }

    pub(super) fn is_the_end(status: ExitStatus, signal: Event) -> bool {
        status.signal() == Some(signal as i32)
    }
}

#[cfg(windows)]
mod events {
    use std::process::{Command, ExitStatus};

    use contract_tests::windows::console::{ConsoleEvent, dispatch};
    use contract_tests::windows::{STATUS_CONTROL_C_EXIT, held};

    pub(super) type Event = ConsoleEvent;

    pub(super) const ALL: [Event; 5] = Event::ALL;

    /// As the console does it, with the system's end behind those that it enforces.
    pub(super) fn let_come(_: &mut Command) {}

    pub(super) fn send(pid: u32, event: Event) {
        let dispatch = dispatch(pid, event).unwrap();
        std::thread::spawn(move || {
            if let Some(time) = held::time_for(event) {
                let over = dispatch.wait(Some(time));
                dispatch.end_the_process(over);
            }
        });
    }

    pub(super) fn is_the_end(status: ExitStatus, _: Event) -> bool {
        status.code() == Some(STATUS_CONTROL_C_EXIT.cast_signed())
    }
}
