//! A running victim.

use std::io::{BufRead, BufReader, Read, Write};
use std::process::{Command, Stdio};
use std::sync::mpsc::{Receiver, RecvTimeoutError, channel};
use std::time::{Duration, Instant};

use super::process::Process;
use super::{Deliveries, Ending, SIGTERM, in_its_words, inherit_nothing, monotonic_ns};

/// No wait of a test is longer. It is far above what any scenario needs, also on a loaded machine.
pub(super) const WATCHDOG: Duration = Duration::from_secs(20);

pub(crate) struct Victim {
    process: Box<dyn Process>,
    stdin: Option<Box<dyn Write>>,
    lines: Receiver<String>,
    stderr: Receiver<String>,
    transcript: Vec<String>,
    deliveries: Deliveries,
}

impl Victim {
    pub(crate) fn start(scenario: &str, args: &[&str]) -> Self {
        Self::spawn(Self::command(scenario, args))
    }

    pub(crate) fn command(scenario: &str, args: &[&str]) -> Command {
        let mut command = Command::new(env!("CARGO_BIN_EXE_victim"));
        command.arg(scenario).args(args);
        inherit_nothing(&mut command);
        command
    }

    pub(crate) fn spawn(mut command: Command) -> Self {
        command.env_remove("RUST_BACKTRACE").stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped());
        let mut child = command.spawn().expect("the victim starts");
        let stdin = child.stdin.take().expect("a pipe");
        let stdout = child.stdout.take().expect("a pipe");
        let stderr = child.stderr.take().expect("a pipe");
        Self::of(Box::new(child), &format!("started {command:?}"), stdin, stdout, stderr)
    }

    /// A process that runs, and the ways to talk with it.
    pub(super) fn of(
        process: Box<dyn Process>,
        beginning: &str,
        stdin: impl Write + 'static,
        stdout: impl Read + Send + 'static,
        mut stderr: impl Read + Send + 'static,
    ) -> Self {
        let (sender, lines) = channel();
        std::thread::spawn(move || {
            for line in BufReader::new(stdout).lines().map_while(Result::ok) {
                if sender.send(line).is_err() {
                    break;
                }
            }
        });
        let (printed, on_stderr) = channel();
        std::thread::spawn(move || {
            let mut text = Vec::new();
            let _ = stderr.read_to_end(&mut text);
            let _ = printed.send(String::from_utf8_lossy(&text).into_owned());
        });
        Self {
            process,
            stdin: Some(Box::new(stdin)),
            lines,
            stderr: on_stderr,
            transcript: vec![beginning.to_owned()],
            deliveries: Deliveries::default(),
        }
    }

    /// What most cases come to: in its block it is told to stop, it sees that at its breakpoint, and dies by the signal.
    #[track_caller]
    pub(crate) fn stops_at_its_breakpoint(mut self) {
        self.ready();
        self.signal(SIGTERM);
        self.expect("pending");
        self.expect("break SigTerm Break 1");
        self.ends().died_by(SIGTERM);
    }

    pub(crate) fn pid(&self) -> i32 {
        self.process.id().try_into().expect("a pid fits")
    }

    #[track_caller]
    pub(crate) fn signal(&mut self, number: i32) {
        self.transcript.push(format!("> signal {number}"));
        let pid = self.pid();
        self.deliveries.send(pid, number);
    }

    /// Says a line to the victim.
    pub(crate) fn tell(&mut self, line: &str) {
        self.transcript.push(format!("> {line}"));
        let stdin = self.stdin.as_mut().expect("stdin is open");
        // A victim that has gone already shows in the next wait, with the transcript.
        let _ = stdin.write_all(format!("{line}\n").as_bytes());
    }

    /// The next line of the victim.
    #[track_caller]
    pub(crate) fn line(&mut self) -> String {
        match self.lines.recv_timeout(WATCHDOG) {
            Ok(line) => {
                self.transcript.push(format!("< {line}"));
                line
            }
            Err(RecvTimeoutError::Timeout) => self.fail("the watchdog waited for a line in vain"),
            Err(RecvTimeoutError::Disconnected) => {
                let printed = self.stderr.recv_timeout(WATCHDOG).unwrap_or_default();
                let status = self.process.ended();
                self.fail(&format!("the victim ended where a line was due: {status:?}, and printed {printed:?}"))
            }
        }
    }

    /// The next line is this one.
    #[track_caller]
    pub(crate) fn expect(&mut self, wanted: &str) {
        let (line, wanted) = (self.line(), in_its_words(wanted));
        if line != wanted {
            self.fail(&format!("{wanted:?} was due, not {line:?}"));
        }
    }

    /// The next line begins with that word; the rest of it.
    #[track_caller]
    pub(crate) fn value(&mut self, word: &str) -> String {
        let line = self.line();
        match line.strip_prefix(word).and_then(|rest| rest.strip_prefix(' ')) {
            Some(rest) => rest.to_owned(),
            None => self.fail(&format!("a line {word:?} was due, not {line:?}")),
        }
    }

    /// The next line is that word and a number.
    #[track_caller]
    pub(crate) fn number(&mut self, word: &str) -> u64 {
        let rest = self.value(word);
        match rest.parse() {
            Ok(number) => number,
            Err(_) => self.fail(&format!("{rest:?} is no number")),
        }
    }

    /// The usual beginning: the scenario is where the signal shall find it.
    #[track_caller]
    pub(crate) fn ready(&mut self) {
        self.expect("ready");
    }

    /// The process lives and runs: it answers.
    #[track_caller]
    pub(crate) fn lives(&mut self) {
        self.tell("ping");
        self.expect("pong");
    }

    /// Asks a stuck scenario whether a shutdown is pending there.
    #[track_caller]
    pub(crate) fn is_pending(&mut self) -> bool {
        self.tell("pending?");
        self.value("pending") == "true"
    }

    /// Waits until what was sent has arrived, and then so long that the next of its kind is another attempt.
    #[track_caller]
    pub(crate) fn settled(&self) {
        self.deliveries.settled(self.pid());
    }

    /// Waits for the end. All that the victim said must have been expected, and it printed nothing on stderr.
    #[track_caller]
    pub(crate) fn ends(self) -> Ending {
        self.ends_printing("")
    }

    /// Waits for the end of a victim that may have said this line, or have been dead before it could.
    #[track_caller]
    pub(crate) fn ends_saying_at_most(self, last: &str) -> Ending {
        match self.lines.recv_timeout(WATCHDOG) {
            Ok(line) if line != in_its_words(last) => self.fail(&format!("{last:?} or nothing was due, not {line:?}")),
            _ => self.ends(),
        }
    }

    /// Waits for the end of a victim that has printed this on stderr: a panic of its own, the error that `main`
    /// returned. The empty text stands for nothing at all.
    #[track_caller]
    pub(crate) fn ends_printing(mut self, printed: &str) -> Ending {
        let end = Instant::now() + WATCHDOG;
        let status = loop {
            if let Some(status) = self.process.ended() {
                break status;
            }
            if Instant::now() > end {
                self.fail("the watchdog waited for the end in vain");
            }
            std::thread::sleep(Duration::from_millis(2));
        };
        let ended_ns = monotonic_ns();
        self.stdin = None;
        // Both pipes end with the last process that holds them, forked children included.
        let Ok(stderr) = self.stderr.recv_timeout(WATCHDOG) else {
            self.fail("a process that the victim left behind holds its stderr");
        };
        let said: Vec<String> = self.lines.iter().collect();
        self.transcript.push(format!("ended with {status}"));
        self.transcript.extend(said.iter().map(|line| format!("< {line}")));
        self.transcript.push(format!("stderr: {stderr:?}"));
        if !said.is_empty() {
            self.fail("the victim said more than was expected");
        }
        if printed.is_empty() != stderr.is_empty() || !stderr.contains(printed) {
            self.fail("stderr is not what was expected");
        }
        Ending::new(status, ended_ns, std::mem::take(&mut self.transcript))
    }

    #[cfg(windows)]
    pub(super) fn note(&mut self, what: String) {
        self.transcript.push(what);
    }

    #[cfg(windows)]
    pub(super) fn deliveries(&mut self) -> &mut Deliveries {
        &mut self.deliveries
    }

    #[track_caller]
    fn fail(&self, why: &str) -> ! {
        panic!("{why}\n{}", self.transcript.join("\n"));
    }
}

impl Drop for Victim {
    fn drop(&mut self) {
        self.process.end();
    }
}
