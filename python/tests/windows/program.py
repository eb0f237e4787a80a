"""One process per case, and the system's part in its end: the events of the console, the messages to its windows.

They are brought by the program that the environment names as CONSOLE_HOST (`crates/contract-tests`): it starts the
system's own dispatcher in the process, and behind an event that Windows enforces it ends the process as Windows does.

Nothing here waits for a time: a case says a word when it is where the event is to meet it.
"""

from __future__ import annotations

import os
import queue
import subprocess
import sys
import textwrap
import threading
import time
from dataclasses import dataclass
from typing import IO

WATCHDOG = 40.0
"""Seconds after which a case is killed and fails."""

STATUS_CONTROL_C_EXIT = 0xC000013A
EVENTS = ["c", "break", "close", "logoff", "shutdown"]
ENFORCED = EVENTS[2:]
"""Those behind which Windows ends the process, and the seconds that it leaves."""
GRANT = 5.0

PRELUDE = """\
import os, signal, sys, threading, time
from graceful_shutdown import *
_began = time.monotonic()
def say(*words):
    os.write(1, (" ".join(map(str, words)) + "\\n").encode())
def hear():
    "Waits for a line of the test."
    while os.read(0, 1) not in (b"\\n", b""):
        pass
def elapsed():
    return time.monotonic() - _began
def pend():
    while not is_shutdown_requested():
        time.sleep(0.001)
def told(error):
    "What was raised: its type, its code and its event."
    say("told", type(error).__name__, getattr(error, "code", "-"), getattr(error, "event", "-"))
"""


@dataclass
class End:
    """How a case ended: its status as its parent sees it, and all that it wrote."""

    status: int
    lines: list[str]
    stderr: str


class Host:
    """The system while it brings one event or message."""

    def __init__(self, *arguments: str) -> None:
        self._process = subprocess.Popen(
            [os.environ["CONSOLE_HOST"], *arguments],
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
        )

    def answer(self) -> str:
        """Waits until it is through: `returned`, `ended` (with the process), `timeout`; or what windows answered."""
        said, _ = self._process.communicate(timeout=WATCHDOG)
        assert self._process.returncode == 0, (self._process.returncode, said)
        return said.strip()

    def ends(self) -> None:
        """Waits, whatever it found: what it brings a message to may end in the middle of that."""
        self._process.communicate(timeout=WATCHDOG)

    def is_through(self) -> bool:
        return self._process.poll() is not None


class Program:
    def __init__(self, script: str, python: str = sys.executable, **environment: str) -> None:
        self._until = time.monotonic() + WATCHDOG
        self.lines: list[str] = []
        self._said: queue.Queue[str | None] = queue.Queue()
        self._stderr: list[str] = []
        self.process = subprocess.Popen(
            [python, "-c", PRELUDE + textwrap.dedent(script)],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
            env={**os.environ, **environment},
        )
        assert self.process.stdin and self.process.stdout and self.process.stderr
        self._stdin = self.process.stdin
        self._readers = [
            threading.Thread(target=self._read_lines, args=(self.process.stdout,)),
            threading.Thread(target=self._read_errors, args=(self.process.stderr,)),
        ]
        for reader in self._readers:
            reader.start()

    def _read_lines(self, stream: IO[str]) -> None:
        with stream:
            for line in stream:
                self._said.put(line.rstrip())
        self._said.put(None)

    def _read_errors(self, stream: IO[str]) -> None:
        with stream:
            self._stderr.append(stream.read())

    def _next(self) -> str | None:
        try:
            line = self._said.get(timeout=max(0.1, self._until - time.monotonic()))
        except queue.Empty:
            self.process.kill()
            raise AssertionError(f"the watchdog has bitten after {WATCHDOG} s; {self._all()}") from None
        if line is not None:
            self.lines.append(line)
        return line

    def expect(self, word: str) -> str:
        """Waits for a line that begins with this word, and gives it."""
        while (line := self._next()) is not None:
            if line.startswith(word):
                return line
        raise AssertionError(f"{word!r} was not said; {self._all()}")

    def tell(self) -> None:
        self._stdin.write("\n")
        self._stdin.flush()

    def event(self, name: str) -> Host:
        """Begins to bring an event of the console."""
        return Host("event", str(self.process.pid), name)

    def message(self, name: str, bits: int = 0) -> Host:
        return Host("message", str(self.process.pid), name, str(bits))

    def end(self) -> End:
        """Waits for the end of the process."""
        while self._next() is not None:
            pass
        status = self.process.wait(max(0.1, self._until - time.monotonic()))
        for reader in self._readers:
            reader.join()
        self._stdin.close()
        return End(status, self.lines, "".join(self._stderr))

    def _all(self) -> str:
        return f"it said {self.lines}, and {self._stderr!r}"


def check(end: End, status: int, lines: list[str] | None = None, stderr: str = "") -> None:
    """All of it at once, so that a failure shows all of it. `stderr`: empty, or what must be in it."""
    seen = (hex(end.status), end.lines, end.stderr)
    assert end.status == status, seen
    assert lines is None or end.lines == lines, seen
    assert stderr in end.stderr if stderr else not end.stderr, seen


def raised(event: str) -> str:
    """What the main thread says that it was told of an event, without a status of the program's own."""
    if event == "c":
        return "told KeyboardInterrupt - CTRL_C"
    return f"told SystemExit {STATUS_CONTROL_C_EXIT - 2**32} CTRL_{event.upper()}"


def over(event: str, answer: str) -> bool:
    """Was the event handled as it must be: with the process, where Windows would end it otherwise?"""
    return answer in (["ended"] if event in ENFORCED else ["returned", "ended"])
