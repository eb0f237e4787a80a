//! A process for each order, and the mark at which the stepping begins in it.

use nix::sys::signal::{Signal, raise};
use nix::sys::wait::waitpid;
use nix::unistd::{ForkResult, fork, read};

/// Waits for orders, each a byte. True in the process of an order; false when there will be no more.
pub(crate) fn wait() -> bool {
    while read(std::io::stdin(), &mut [0]) == Ok(1) {
        // SAFETY: no other thread is running, so the child may do anything.
        match unsafe { fork() }.expect("a process can be made") {
            ForkResult::Child => return true,
            ForkResult::Parent { child } => {
                waitpid(child, None).expect("the child can be waited for");
            }
        }
    }
    false
}

/// The region begins, in the thread that calls: the tracer sees the signal, the program does not.
pub(crate) fn mark() {
    raise(Signal::SIGTRAP).expect("a signal can be raised");
}
