//! C11, C17 and C19 for a server that drains.

use std::io::{Read, Write};
use std::net::TcpStream;
use std::time::Duration;

use crate::harness::{SIGTERM, Victim, monotonic_ns};

/// Connects, asks, and waits until the server is in the request.
fn ask(victim: &mut Victim) -> TcpStream {
    let port: u16 = victim.value("port").parse().expect("a number");
    victim.value("draining");
    let mut stream = TcpStream::connect(("127.0.0.1", port)).expect("the server listens");
    stream.set_read_timeout(Some(Duration::from_secs(20))).expect("a socket");
    stream.write_all(b"GET / HTTP/1.1\r\nHost: test\r\nConnection: close\r\n\r\n").expect("the server reads");
    victim.expect("in a request");
    stream
}

#[test]
fn c4_c19_a_request_in_flight_is_answered_and_then_the_process_dies_by_the_signal() {
    for runtime in ["current", "multi"] {
        let mut victim = Victim::start("serves", &[runtime]);
        let mut stream = ask(&mut victim);
        victim.signal(SIGTERM);
        victim.settled();
        victim.tell("go");
        let mut answer = String::new();
        stream.read_to_string(&mut answer).expect("an answer");
        assert!(answer.starts_with("HTTP/1.1 200 OK"), "{answer:?}");
        assert!(answer.ends_with("answered in full"), "{answer:?}");
        victim.expect("server ok");
        victim.ends().died_by(SIGTERM);
    }
}

#[test]
fn c11_drain_time_bounds_a_request_that_is_never_answered() {
    for runtime in ["current", "multi"] {
        let mut victim = Victim::start("serves_too_long", &[runtime, "400"]);
        let _stream = ask(&mut victim);
        // Longer than the drain time, which begins only with the event.
        std::thread::sleep(Duration::from_millis(600));
        let sent = monotonic_ns();
        victim.signal(SIGTERM);
        victim.expect("server SigTerm Deadline 1");
        victim.ends().died_by(SIGTERM).not_before(sent + 400_000_000);
    }
}
