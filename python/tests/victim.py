"""One process per case: a program that is sent signals at marked moments, with a watchdog.

    victim = start('''
        with ShutdownProtection(4) as block:
            say("inside")
            ...
    ''')
    victim.expect("inside")
    victim.signal(SIGTERM)
    end = victim.end()
    assert end.status == -SIGTERM

Nothing here waits for a time: a case says a word when it is where the signal is to meet it.
"""

from __future__ import annotations

import os
import selectors
import signal
import subprocess
import sys
import textwrap
import time
from dataclasses import dataclass
from pathlib import Path
from typing import NoReturn

WATCHDOG = 60.0
"""Seconds after which a case is killed and fails. On a machine with a load of 50 a case of 0.04 s of work took 21."""

PRELUDE = """\
import os, signal, sys, threading, time
from signal import SIGHUP, SIGINT, SIGQUIT, SIGTERM
from graceful_shutdown import *
_began = time.monotonic()
def say(*words):
    os.write(1, (" ".join(map(str, words)) + "\\n").encode())
def elapsed():
    return time.monotonic() - _began
def kill(signum):
    os.kill(os.getpid(), signum)
"""


@dataclass
class End:
    """How a case ended: its status as its parent sees it (-n: by signal n), and all that it wrote."""

    status: int
    lines: list[str]
    stderr: str
    seconds: float


class Victim:
    def __init__(self, script: str, python: str = sys.executable, prelude: str = PRELUDE, **environment: str) -> None:
        self.began = time.monotonic()
        self.lines: list[str] = []
        self._rest = b""
        self._stderr = Path(f"/tmp/victim-{os.getpid()}-{id(self)}.err")
        with self._stderr.open("wb") as stderr:
            self.process = subprocess.Popen(
                [python, "-c", prelude + textwrap.dedent(script)],
                stdout=subprocess.PIPE,
                stderr=stderr,
                stdin=subprocess.DEVNULL,
                env={**os.environ, "PYTHONUNBUFFERED": "1", **environment},
                preexec_fn=default_signals,  # noqa: PLW1509 - it starts no thread and takes no lock
            )

    def expect(self, word: str) -> str:
        """Waits for a line that begins with this word, and gives it."""
        seen = 0
        while True:
            for line in self.lines[seen:]:
                seen += 1
                if line.startswith(word):
                    return line
            if not self._read():
                raise AssertionError(f"{word!r} was not said; {self._all()}")

    def signal(self, signum: int) -> None:
        self.process.send_signal(signum)

    def end(self) -> End:
        """Waits for the end of the process."""
        while self._read():
            pass
        try:
            status = self.process.wait(max(0.1, self.began + WATCHDOG - time.monotonic()))
        except subprocess.TimeoutExpired:
            self._fail()
        assert self.process.stdout is not None
        self.process.stdout.close()
        stderr = self._stderr.read_text(errors="replace")
        self._stderr.unlink(missing_ok=True)
        return End(status, self.lines, stderr, time.monotonic() - self.began)

    def _read(self) -> bool:
        stdout = self.process.stdout
        assert stdout is not None
        with selectors.DefaultSelector() as selector:
            selector.register(stdout, selectors.EVENT_READ)
            if not selector.select(max(0.0, self.began + WATCHDOG - time.monotonic())):
                self._fail()
        read = os.read(stdout.fileno(), 65536)
        *lines, self._rest = (self._rest + read).split(b"\n")
        self.lines += [line.decode(errors="replace") for line in lines]
        return bool(read)

    def _all(self) -> str:
        return f"it said {self.lines}, and {self._stderr.read_text(errors='replace')!r}"

    def _fail(self) -> NoReturn:
        self.process.kill()
        # Not until its output ends: a child of its own may hold that, and hang.
        self.process.wait()
        raise AssertionError(f"the watchdog has bitten after {WATCHDOG} s; {self._all()}")


def default_signals() -> None:
    """A shell may have given us ignored signals, which its children must not inherit."""
    for signum in (signal.SIGINT, signal.SIGTERM, signal.SIGQUIT, signal.SIGHUP):
        signal.signal(signum, signal.SIG_DFL)
    signal.pthread_sigmask(signal.SIG_SETMASK, set())


def start(script: str, **environment: str) -> Victim:
    return Victim(script, **environment)


def run(script: str, **environment: str) -> End:
    """A case that signals itself."""
    return start(script, **environment).end()
