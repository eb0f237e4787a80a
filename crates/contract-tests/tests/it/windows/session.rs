//! C21 for a real end of the session, as far as Wine has one. It asks every program with a window, so it needs a prefix in
//! which nothing else runs: `cargo xtask windows` runs it alone.

use std::process::Command;

use crate::harness::Victim;

#[test]
#[ignore = "ends the session of the whole prefix"]
fn c9_c21_the_end_of_a_session_of_wine_waits_for_the_block() {
    let mut victim = Victim::start("windowed", &["unwinds_slowly"]);
    victim.ready();
    let mut session = Command::new("wineboot").args(["--end-session"]).spawn().expect("wineboot starts");
    victim.expect("pending");
    victim.expect("break CtrlShutdown Break 1");
    std::thread::sleep(std::time::Duration::from_millis(700));
    assert!(session.try_wait().expect("a child of ours").is_none(), "it does not wait");
    victim.tell("go");
    victim.expect("rolled back");
    victim.ends().exited(7);
    session.wait().expect("a child of ours");
}
