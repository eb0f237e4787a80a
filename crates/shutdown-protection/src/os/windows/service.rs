//! Was this process started by the service control manager?
//!
//! That is: is its parent the `services` of session 0? A container's program is none, nor is a child of a service: for
//! those `CTRL_SHUTDOWN` and `CTRL_LOGOFF` are all that they hear.

use std::sync::OnceLock;

use windows_sys::Win32::Foundation::{CloseHandle, INVALID_HANDLE_VALUE};
use windows_sys::Win32::System::Diagnostics::ToolHelp::{
    CreateToolhelp32Snapshot, PROCESSENTRY32W, Process32FirstW, Process32NextW, TH32CS_SNAPPROCESS,
};
use windows_sys::Win32::System::RemoteDesktop::ProcessIdToSessionId;

use super::module;

pub(super) fn is_service() -> bool {
    static IS_SERVICE: OnceLock<bool> = OnceLock::new();
    *IS_SERVICE.get_or_init(|| is_started_by_services().unwrap_or(false))
}

/// By a snapshot, for which a service needs no rights on its manager's process.
fn is_started_by_services() -> Option<bool> {
    let processes = processes();
    let of = |id| processes.iter().find(|process| process.th32ProcessID == id);
    let parent = of(of(std::process::id())?.th32ParentProcessID)?;
    // Wine 8 has its services in the session of everything else.
    let in_its_session = session(parent.th32ProcessID) == Some(0) || module::is_wine();
    Some(name(parent).eq_ignore_ascii_case("services.exe") && in_its_session)
}

fn processes() -> Vec<PROCESSENTRY32W> {
    let mut processes = Vec::new();
    // SAFETY: a snapshot of all processes, closed here. The entry has the size that it says.
    unsafe {
        let snapshot = CreateToolhelp32Snapshot(TH32CS_SNAPPROCESS, 0);
        if snapshot != INVALID_HANDLE_VALUE {
            let mut entry = PROCESSENTRY32W { dwSize: size_of::<PROCESSENTRY32W>() as u32, ..Default::default() };
            let mut more = Process32FirstW(snapshot, &raw mut entry);
            while more != 0 {
                processes.push(entry);
                more = Process32NextW(snapshot, &raw mut entry);
            }
            CloseHandle(snapshot);
        }
    }
    processes
}

fn name(process: &PROCESSENTRY32W) -> String {
    let name = &process.szExeFile;
    String::from_utf16_lossy(name.split(|unit| *unit == 0).next().unwrap_or(name))
}

fn session(process: u32) -> Option<u32> {
    let mut session = 0;
    // SAFETY: the number is ours.
    (unsafe { ProcessIdToSessionId(process, &raw mut session) } != 0).then_some(session)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn c6_a_program_is_no_service() {
        assert!(processes().iter().any(|process| process.th32ProcessID == std::process::id()));
        assert!(!is_service());
    }
}
