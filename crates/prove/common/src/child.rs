//! A program under test: started with nothing inherited, heard line by line, and reaped at an exact moment.
//!
//! No wait is endless: behind the watchdog's time the program is killed, and that is told as a hang.

use std::io::{BufRead, BufReader, Read, Write};
use std::os::unix::process::ExitStatusExt;
use std::process::{Child as Process, Command, ExitStatus, Stdio};
use std::sync::mpsc::{Receiver, RecvTimeoutError, channel};
use std::thread;
use std::time::{Duration, Instant};

use crate::clock::monotonic_ns;
use crate::{Result, system};

/// How a program ended, as its parent sees it.
#[derive(Debug)]
pub struct End {
    /// As the kernel tells it.
    pub status: ExitStatus,
    /// When the kernel said so.
    pub ns: u64,
    /// The lines that nobody had asked for yet.
    pub lines: Vec<String>,
    /// All that it printed there.
    pub stderr: String,
}

impl End {
    /// The signal that it died by.
    #[must_use]
    pub fn signal(&self) -> Option<i32> {
        self.status.signal()
    }

    /// As the tables write it: `signal 15`, `exit 0`.
    #[must_use]
    pub fn status(&self) -> String {
        match (self.status.signal(), self.status.code()) {
            (Some(signal), _) => format!("signal {signal}"),
            (None, Some(code)) => format!("exit {code}"),
            (None, None) => self.status.to_string(),
        }
    }
}

/// A running program.
pub struct Child {
    process: Process,
    lines: Receiver<String>,
    stderr: Receiver<String>,
    ended: Receiver<u64>,
    end: Option<u64>,
    watchdog: Instant,
}

impl Child {
    /// Starts it. From now on it has that much time until it must have ended.
    ///
    /// # Errors
    ///
    /// If the program cannot be started.
    pub fn start(mut command: Command, limit: Duration) -> Result<Self> {
        system::inherit_nothing(&mut command);
        command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped());
        let mut process = command.spawn().map_err(|error| format!("{command:?}: {error}"))?;
        let (stdout, mut errors) = (process.stdout.take(), process.stderr.take());
        let (said, lines) = channel();
        thread::spawn(move || {
            let lines = stdout.into_iter().flat_map(|stdout| BufReader::new(stdout).lines());
            lines.map_while(std::io::Result::ok).try_for_each(|line| said.send(line))
        });
        let (printed, stderr) = channel();
        thread::spawn(move || {
            let mut text = Vec::new();
            let _ = errors.as_mut().map(|errors| errors.read_to_end(&mut text));
            printed.send(String::from_utf8_lossy(&text).into_owned())
        });
        let (tell, ended) = channel();
        let pid = process.id();
        thread::spawn(move || {
            system::await_end(pid);
            tell.send(monotonic_ns())
        });
        Ok(Self { process, lines, stderr, ended, end: None, watchdog: Instant::now() + limit })
    }

    /// Its number.
    #[must_use]
    pub fn pid(&self) -> i32 {
        self.process.id().cast_signed()
    }

    /// Sends a signal; gives the moment before. Until it is reaped, a program that has died can still be signalled.
    #[allow(clippy::must_use_candidate, reason = "the signal is what counts")]
    pub fn signal(&self, number: i32) -> u64 {
        let before = monotonic_ns();
        system::kill(self.pid(), number);
        before
    }

    /// The same, and waits until it was taken; gives also the moment after that.
    ///
    /// # Errors
    ///
    /// If it is not taken.
    pub fn signal_taken(&self, number: i32) -> Result<(u64, u64)> {
        let sent = self.signal(number);
        if !system::settled(self.pid()) {
            return Err(format!("signal {number} is never taken").into());
        }
        Ok((sent, monotonic_ns()))
    }

    /// Says a line to it. Whether it still hears shows in how it ends.
    pub fn tell(&mut self, line: &str) {
        if let Some(stdin) = &mut self.process.stdin {
            let _ = stdin.write_all(format!("{line}\n").as_bytes());
        }
    }

    /// The rest of the next line, which begins with that word.
    ///
    /// # Errors
    ///
    /// If it says something else, ends, or hangs.
    pub fn expect(&mut self, word: &str) -> Result<String> {
        match self.lines.recv_timeout(self.left()) {
            Ok(line) => match line.strip_prefix(word) {
                Some(rest) => Ok(rest.trim().to_owned()),
                None => Err(format!("it said {line:?} where {word:?} was due").into()),
            },
            Err(RecvTimeoutError::Timeout) => Err(format!("HANG: {word:?} was never said; {}", self.kill()).into()),
            Err(RecvTimeoutError::Disconnected) => {
                Err(format!("it ended where {word:?} was due; {}", self.kill()).into())
            }
        }
    }

    /// The same, with a number in it.
    ///
    /// # Errors
    ///
    /// As [`expect`](Self::expect), or if it is no number.
    pub fn number(&mut self, word: &str) -> Result<u64> {
        let rest = self.expect(word)?;
        rest.parse().map_err(|_| format!("{word:?} was said with {rest:?}, which is no number").into())
    }

    /// Waits until it has ended, and leaves it to be reaped: its number stays its own, and can be signalled.
    ///
    /// # Errors
    ///
    /// If it hangs.
    pub fn wait(&mut self) -> Result<u64> {
        if let Some(ns) = self.end {
            return Ok(ns);
        }
        let Ok(ns) = self.ended.recv_timeout(self.left()) else {
            return Err(format!("HANG: it does not end; {}", self.kill()).into());
        };
        Ok(*self.end.insert(ns))
    }

    /// Waits for the end, and reaps it.
    ///
    /// # Errors
    ///
    /// If it hangs.
    pub fn end(mut self) -> Result<End> {
        let ns = self.wait()?;
        let status = self.process.wait()?;
        // What it left behind may hold the pipes: a forked child that hangs.
        let Ok(stderr) = self.stderr.recv_timeout(self.left().max(Duration::from_secs(5))) else {
            return Err("HANG: a process that it left behind does not end".into());
        };
        Ok(End { status, ns, lines: self.lines.iter().collect(), stderr })
    }

    fn left(&self) -> Duration {
        self.watchdog.saturating_duration_since(Instant::now())
    }

    /// Ends it, for a message that says what it printed.
    fn kill(&mut self) -> String {
        let _ = self.process.kill();
        let status = self.process.wait().map_or_else(|error| error.to_string(), |status| status.to_string());
        let stderr = self.stderr.recv_timeout(Duration::from_secs(5)).unwrap_or_default();
        format!("{status}, stderr {stderr:?}")
    }
}

impl Drop for Child {
    fn drop(&mut self) {
        // Harmless after the end: nothing is sent to a child that has been reaped.
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}
