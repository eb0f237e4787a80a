//! Console events, delivered by the system's own dispatcher.
//!
//! `SIGINT` is Ctrl-C here, and `SIGTERM` is Ctrl-Break: both end a program, by no time of the system's. The events that
//! Windows enforces have tests of their own.

use std::borrow::Cow;
use std::process::{Command, ExitStatus};
use std::sync::Once;
use std::thread::JoinHandle;
use std::time::{Duration, Instant};

use contract_tests::windows::console::{ConsoleEvent, Over, dispatch};
use contract_tests::windows::{STATUS_CONTROL_C_EXIT, held, is_wine};
use windows_sys::Win32::System::Console::SetConsoleCtrlHandler;

pub(crate) use contract_tests::windows::clock::monotonic_ns;
pub(crate) use libc::{SIGINT, SIGTERM};

use super::super::Victim;

/// All that a victim can be sent without being ended by the system.
pub(crate) const SIGNALS: [i32; 2] = [SIGINT, SIGTERM];

/// Signals of one kind that come at once. Each is a thread here, and must not take long.
pub(crate) const BURST: &str = "15,15";

/// In microseconds, where one of many shall be the wrong one. A process takes longer to start here.
pub(crate) const MOMENT: usize = 10;

/// How the victim writes the event that plays the part of a signal.
pub(crate) fn event(signal: i32) -> &'static str {
    match signal {
        SIGINT => "CtrlC",
        SIGTERM => "CtrlBreak",
        other => panic!("signal {other} has no part here"),
    }
}

/// A line of a test, as a victim says it here.
pub(crate) fn in_its_words(line: &str) -> Cow<'_, str> {
    let line = line.replace("SigInt", event(SIGINT)).replace("SigTerm", event(SIGTERM));
    Cow::Owned(line.replace("SIGINT", "CTRL_C").replace("SIGTERM", "CTRL_BREAK"))
}

/// What became of an event, and when.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Held {
    pub(crate) over: Over,
    pub(crate) time: Duration,
}

/// The events that are on their way to a victim; each is a thread that waits as the console does.
#[derive(Default)]
pub(crate) struct Deliveries {
    under_way: Vec<JoinHandle<Held>>,
}

impl Deliveries {
    #[track_caller]
    pub(crate) fn send(&mut self, pid: i32, number: i32) {
        let event = if number == SIGINT { ConsoleEvent::C } else { ConsoleEvent::Break };
        self.deliver(pid, event, true);
    }

    #[track_caller]
    fn deliver(&mut self, pid: i32, event: ConsoleEvent, enforced: bool) {
        let begin = Instant::now();
        let dispatch = dispatch(pid.cast_unsigned(), event).expect("the victim lives");
        self.under_way.push(std::thread::spawn(move || {
            let over = dispatch.wait(held::time_for(event));
            let held = Held { over, time: begin.elapsed() };
            if enforced && event.is_enforced() {
                dispatch.end_the_process(over);
            }
            held
        }));
    }

    /// Waits until the handlers are through with what was sent, and then so long that the next of its kind counts as
    /// another attempt (C2).
    #[track_caller]
    pub(crate) fn settled(&self, pid: i32) {
        let end = Instant::now() + Duration::from_secs(20);
        while !self.under_way.iter().all(JoinHandle::is_finished) {
            assert!(Instant::now() < end, "an event of {pid} is never taken");
            std::thread::sleep(Duration::from_millis(1));
        }
        std::thread::sleep(Duration::from_millis(150));
    }
}

impl Victim {
    /// Delivers one of the five.
    #[track_caller]
    pub(crate) fn console(&mut self, event: ConsoleEvent) {
        self.note(format!("> event {event:?}"));
        let pid = self.pid();
        self.deliveries().deliver(pid, event, true);
    }

    /// Delivers one of the five, and lets the process live behind it, as Windows does with a service.
    #[track_caller]
    pub(crate) fn console_unenforced(&mut self, event: ConsoleEvent) {
        self.note(format!("> event {event:?}, unenforced"));
        let pid = self.pid();
        self.deliveries().deliver(pid, event, false);
    }

    /// How the last of them was handled; waits for that.
    #[track_caller]
    pub(crate) fn held(&mut self) -> Held {
        let last = self.deliveries().under_way.pop().expect("an event was delivered");
        last.join().expect("the console does not panic")
    }

    /// Sends what a session's end or `taskkill` sends to its windows; what they answered.
    #[track_caller]
    pub(crate) fn message(&mut self, message: &str, bits: &str) -> String {
        let answer = self.message_in_the_background(message, bits).join().expect("console-host tells an answer");
        self.note(format!("< {answer}"));
        answer
    }

    /// The same, while the test goes on: the windows answer when the program is done.
    pub(crate) fn message_in_the_background(&mut self, message: &str, bits: &str) -> JoinHandle<String> {
        self.note(format!("> message {message} {bits}"));
        let mut command = Command::new(env!("CARGO_BIN_EXE_console-host"));
        command.args(["message", &self.pid().to_string(), message, bits]);
        std::thread::spawn(move || {
            let output = command.output().expect("console-host starts");
            assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
            String::from_utf8_lossy(&output.stdout).trim().to_owned()
        })
    }
}

/// Whatever the signal: Windows has one status for them.
pub(crate) fn is_death_by(status: ExitStatus, _: i32) -> bool {
    status.code() == Some(STATUS_CONTROL_C_EXIT.cast_signed())
}

/// The same for a process that the library has no part in. Wine's default handler exits with 0.
pub(crate) fn is_native_death_by(status: ExitStatus, signal: i32) -> bool {
    is_death_by(status, signal) || is_wine() && status.success()
}

/// Test runs that were started where Ctrl-C is ignored hand that on to their children (C7).
pub(crate) fn inherit_nothing(_: &mut Command) {
    static HEED: Once = Once::new();
    // SAFETY: null stands for the process's own attribute, which children inherit.
    HEED.call_once(|| unsafe {
        SetConsoleCtrlHandler(None, 0);
    });
}
