//! C23: a daemon is the grandchild of the process that used the library first.

use std::io;
use std::time::{Duration, Instant};

use crate::harness::{SIGTERM, Victim, signal};

#[test]
fn c23_a_double_forked_daemon_is_protected() {
    // The daemon becomes our child when its parents have gone, so that its end can be seen.
    // SAFETY: `prctl` with this option takes a number.
    assert_eq!(unsafe { libc::prctl(libc::PR_SET_CHILD_SUBREAPER, 1) }, 0);
    for first in ["used", "configured"] {
        let mut victim = Victim::start("daemonise", &[first]);
        let pid: i32 = victim.value("pid").parse().expect("a number");
        victim.expect("daemon requested false");
        victim.ready();
        signal(pid, SIGTERM);
        victim.expect("pending");
        victim.expect("daemon SigTerm Break 1");
        let status = reap(pid);
        assert!(libc::WIFSIGNALED(status) && libc::WTERMSIG(status) == SIGTERM, "status {status:#x}");
        victim.ends().exited(0);
    }
}

fn reap(pid: i32) -> i32 {
    let end = Instant::now() + Duration::from_secs(20);
    loop {
        let mut status = 0;
        // SAFETY: `status` is ours.
        let found = unsafe { libc::waitpid(pid, &raw mut status, libc::WNOHANG) };
        if found == pid {
            return status;
        }
        // The daemon is not ours yet while the one that forked it, which nobody waits for, has still to leave.
        let error = io::Error::last_os_error();
        assert!(found == 0 || error.raw_os_error() == Some(libc::ECHILD), "waitpid: {error}");
        assert!(Instant::now() < end, "the daemon does not end");
        std::thread::sleep(Duration::from_millis(2));
    }
}
