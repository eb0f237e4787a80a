//! C1, C8 and C27: signals that come while the handlers are installed and put back.

use std::time::Duration;

use crate::harness::{SIGTERM, Victim};

/// Where the program looks at what has come: before it puts the former handlers back, or only behind that.
const WAYS: [&str; 2] = ["broken before", "broken behind"];

/// One at a time, so that the kernel merges none: the next follows when the last has reached the program's handler.
#[test]
fn c1_c8_c27_a_guest_is_called_once_for_each_event_while_handlers_change() {
    for way in WAYS {
        let mut victim = Victim::start("changes_handlers", &["own", way]);
        victim.ready();
        for round in 0..3_000_u64 {
            std::thread::sleep(Duration::from_nanos(round % 50 * 777));
            victim.signal(SIGTERM);
            victim.expect("seen");
        }
        // What is called twice says a line too many.
        victim.settled();
        victim.signal(libc::SIGKILL);
        victim.ends().died_by(libc::SIGKILL);
    }
}

#[test]
fn c1_c8_an_event_is_seen_or_ends_the_process_while_handlers_change() {
    for round in 0..150_u64 {
        let mut victim = Victim::start("changes_handlers", &["default", WAYS[usize::from(round % 2 == 0)]]);
        victim.ready();
        std::thread::sleep(Duration::from_micros(round * 7));
        victim.signal(SIGTERM);
        victim.ends_saying_at_most("seen SigTerm Break 1").died_by(SIGTERM);
    }
}
