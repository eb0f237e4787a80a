//! Console events, and the calls that stand for Unix's.

use std::io::{Read, Write};
use std::net::{Ipv4Addr, TcpStream};
use std::sync::OnceLock;
use std::time::Duration;

use contract_tests::windows::console::{ConsoleEvent, Over, dispatch};
use windows_sys::Win32::Storage::FileSystem::{ReadFile, WriteFile};
use windows_sys::Win32::System::Console::{GetStdHandle, STD_INPUT_HANDLE, STD_OUTPUT_HANDLE};
use windows_sys::Win32::System::Threading::{GetCurrentProcess, TerminateProcess};

pub(crate) use contract_tests::windows::clock::monotonic_ns;

/// The default time of a block (C30).
pub(crate) const MAX_EXEC_TIME: Duration = Duration::from_millis(4_500);

/// How often something is done that goes wrong rarely: each event is a thread here.
pub(crate) const MANY: u32 = 100;

/// Delivers the event that plays the part of the signal. Its handlers have run when this returns.
pub(crate) fn raise(signal: i32) {
    deliver(if signal == libc::SIGINT { ConsoleEvent::C } else { ConsoleEvent::Break });
}

/// `raise` of the C runtime: its handler has run when this returns.
pub(crate) fn raise_in_c(signal: i32) {
    // SAFETY: takes no pointer.
    assert_eq!(unsafe { libc::raise(signal) }, 0);
}

/// Delivers an event to this process as the console does; its handlers have run when this returns.
pub(crate) fn deliver(event: ConsoleEvent) {
    let dispatch = dispatch(std::process::id(), event).expect("this process lives");
    assert_ne!(dispatch.wait(None), Over::Timeout);
}

/// To the test of a process that it has not started: there are no pipes.
static LINE: OnceLock<TcpStream> = OnceLock::new();

/// Talks over the network of this machine from here on, and begins with the process's number.
pub(crate) fn connect(port: u16) {
    let line = TcpStream::connect((Ipv4Addr::LOCALHOST, port)).expect("the test listens");
    LINE.set(line).expect("once in a process");
    write(format!("{}\n", std::process::id()).as_bytes());
}

/// The port of its test.
pub(crate) fn peer() -> u16 {
    let peer = LINE.get().map(TcpStream::peer_addr).expect("it is connected");
    peer.expect("a connection of the network").port()
}

/// Writes all of it by one call, without a lock.
pub(crate) fn write(bytes: &[u8]) {
    if let Some(mut line) = LINE.get() {
        return line.write_all(bytes).expect("the test listens");
    }
    let (mut written, length) = (0, u32::try_from(bytes.len()).expect("a line"));
    // SAFETY: the pointer and the length belong to a live slice, and `written` is ours.
    let done = unsafe {
        WriteFile(GetStdHandle(STD_OUTPUT_HANDLE), bytes.as_ptr(), length, &raw mut written, std::ptr::null_mut())
    };
    assert!(done != 0 && written == length, "stdout is gone");
}

/// The next byte of the standard input, read without a buffer; none at its end.
pub(crate) fn read() -> Option<u8> {
    let (mut byte, mut read) = (0_u8, 0);
    if let Some(mut line) = LINE.get() {
        return line.read_exact(std::slice::from_mut(&mut byte)).is_ok().then_some(byte);
    }
    // SAFETY: one byte fits into `byte`, and `read` is ours.
    let done =
        unsafe { ReadFile(GetStdHandle(STD_INPUT_HANDLE), &raw mut byte, 1, &raw mut read, std::ptr::null_mut()) };
    (done != 0 && read == 1).then_some(byte)
}

/// Ends the process without a word to anybody in it.
pub(crate) fn leave(status: i32) -> ! {
    // SAFETY: the handle stands for this process, which ends here.
    unsafe { TerminateProcess(GetCurrentProcess(), status.cast_unsigned()) };
    unreachable!("a process ends itself")
}
