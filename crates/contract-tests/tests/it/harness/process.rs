//! The process of a victim: a child of the test, or on Windows one that the system has started.

use std::process::{Child, ExitStatus};

pub(crate) trait Process {
    fn id(&self) -> u32;

    /// How it has ended, if it has.
    fn ended(&mut self) -> Option<ExitStatus>;

    /// Leaves nothing behind. Harmless after the end.
    fn end(&mut self);
}

impl Process for Child {
    fn id(&self) -> u32 {
        self.id()
    }

    fn ended(&mut self) -> Option<ExitStatus> {
        self.try_wait().expect("a child of ours")
    }

    fn end(&mut self) {
        // The standard library sends nothing to a reaped child.
        let _ = self.kill();
        let _ = self.wait();
    }
}

/// A process that is not a child of the test.
#[cfg(windows)]
pub(super) struct Stranger {
    id: u32,
    handle: std::os::windows::io::OwnedHandle,
}

#[cfg(windows)]
mod stranger {
    use std::io;
    use std::os::windows::io::{AsRawHandle, FromRawHandle, OwnedHandle};
    use std::os::windows::process::ExitStatusExt;
    use std::process::ExitStatus;

    use windows_sys::Win32::Foundation::WAIT_OBJECT_0;
    use windows_sys::Win32::System::Threading::{
        GetExitCodeProcess, OpenProcess, PROCESS_QUERY_LIMITED_INFORMATION, PROCESS_SYNCHRONIZE, PROCESS_TERMINATE,
        TerminateProcess, WaitForSingleObject,
    };

    use super::{Process, Stranger};

    impl Stranger {
        pub(in super::super) fn new(id: u32) -> Self {
            const RIGHTS: u32 = PROCESS_QUERY_LIMITED_INFORMATION | PROCESS_SYNCHRONIZE | PROCESS_TERMINATE;
            // SAFETY: takes no pointer.
            let handle = unsafe { OpenProcess(RIGHTS, 0, id) };
            assert!(!handle.is_null(), "process {id}: {}", io::Error::last_os_error());
            // SAFETY: it was made just now, and nobody else closes it.
            Self { id, handle: unsafe { OwnedHandle::from_raw_handle(handle) } }
        }
    }

    impl Process for Stranger {
        fn id(&self) -> u32 {
            self.id
        }

        fn ended(&mut self) -> Option<ExitStatus> {
            let mut status = 0;
            // SAFETY: the handle and the place are ours.
            unsafe {
                let ended = WaitForSingleObject(self.handle.as_raw_handle(), 0) == WAIT_OBJECT_0;
                ended.then(|| assert_ne!(GetExitCodeProcess(self.handle.as_raw_handle(), &raw mut status), 0))?;
            }
            Some(ExitStatus::from_raw(status))
        }

        fn end(&mut self) {
            // SAFETY: the handle is ours.
            unsafe { TerminateProcess(self.handle.as_raw_handle(), 1) };
        }
    }
}
