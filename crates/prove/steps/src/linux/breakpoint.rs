//! A breakpoint of the processor: of one thread, and nothing is written into the program.

use std::mem::offset_of;

use nix::libc;
use nix::sys::ptrace;
use nix::unistd::Pid;

/// "Stop before the instruction at the address in register 0", in the control register.
const ENABLED: libc::c_long = 1;
const CONTROL: usize = 7;

/// Stops the thread each time before it executes what is there.
pub(crate) fn set(thread: Pid, address: u64) -> nix::Result<()> {
    write(thread, 0, address.cast_signed())?;
    write(thread, CONTROL, ENABLED)
}

pub(crate) fn clear(thread: Pid) -> nix::Result<()> {
    write(thread, CONTROL, 0)
}

fn write(thread: Pid, register: usize, value: libc::c_long) -> nix::Result<()> {
    let offset = offset_of!(libc::user, u_debugreg) + register * size_of::<u64>();
    ptrace::write_user(thread, std::ptr::without_provenance_mut(offset), value)
}
