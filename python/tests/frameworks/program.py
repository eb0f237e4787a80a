"""A program of others, in which the package is a guest: started as its users do, sent signals at marked moments.

As `victim.py`, it waits for what a program says and never for a time. It differs in three ways: the program is a
command, it leads a session of its own, so that its children are killed with it, and it may have a terminal.
"""

from __future__ import annotations

import os
import pty
import re
import selectors
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Callable, Generator, Mapping, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path

WATCHDOG = float(os.environ.get("WATCHDOG", "60"))
"""Seconds after which a program is killed and its test fails; one takes thirty to end."""


@dataclass(frozen=True)
class End:
    """How a program ended: its status as its parent sees it (-n: by signal n), and all that it wrote."""

    status: int
    stdout: str
    stderr: str


class Program:
    def __init__(self, *command: str, terminal: bool = False, environment: Mapping[str, str] | None = None) -> None:
        self.text = ""
        self._seen = 0
        self._until = time.monotonic() + WATCHDOG
        self._errors = tempfile.TemporaryFile()  # noqa: SIM115
        master, slave = pty.openpty() if terminal else os.pipe()
        self._terminal = master
        self.process = subprocess.Popen(
            command,
            stdin=slave if terminal else subprocess.DEVNULL,
            stdout=slave,
            stderr=slave if terminal else self._errors,
            env={**os.environ, "PYTHONUNBUFFERED": "1", **(environment or {})},
            # A terminal must become the controlling one, which `start_new_session` does not do.
            preexec_fn=_with_terminal if terminal else _without_terminal,  # noqa: PLW1509
        )
        os.close(slave)

    @property
    def pid(self) -> int:
        return self.process.pid

    def expect(self, pattern: str) -> re.Match[str]:
        """Waits until the program says this, after what was expected before."""
        while True:
            found = re.compile(pattern).search(self.text, self._seen)
            if found:
                self._seen = found.end()
                return found
            if not self._read():
                raise AssertionError(f"{pattern!r} was not said; {self._all()}")

    def write(self, text: str) -> None:
        """Types this at the terminal."""
        os.write(self._terminal, text.encode())

    def signal(self, signum: int) -> None:
        self.process.send_signal(signum)

    def signal_group(self, signum: int) -> None:
        """As a terminal does for Ctrl-C: the program and its children."""
        os.killpg(self.pid, signum)

    def end(self) -> End:
        """Waits until the program has ended, and all that it started."""
        while self._read():
            pass
        try:
            status = self.process.wait(max(0.1, self._until - time.monotonic()))
        except subprocess.TimeoutExpired:
            self._fail()
            raise
        end = End(status, self.text, self._stderr())
        self.close()
        return end

    def close(self) -> None:
        """Leaves nothing behind."""
        if self._errors.closed:
            return
        with suppress(ProcessLookupError):
            os.killpg(self.pid, signal.SIGKILL)
        self.process.wait()
        self._errors.close()
        os.close(self._terminal)

    def _read(self) -> bool:
        with selectors.DefaultSelector() as selector:
            selector.register(self._terminal, selectors.EVENT_READ)
            if not selector.select(max(0.0, self._until - time.monotonic())):
                self._fail()
        try:
            read = os.read(self._terminal, 65536)
        except OSError:  # what a terminal gives instead of the end of a file
            read = b""
        self.text += read.decode(errors="replace").replace("\r", "")
        return bool(read)

    def _stderr(self) -> str:
        # The place in the file is the program's too: nothing is moved.
        return os.pread(self._errors.fileno(), 1 << 24, 0).decode(errors="replace")

    def _all(self) -> str:
        return f"it said {self.text!r}, and {self._stderr()}"

    def _fail(self) -> None:
        said = self._all()
        self.close()
        raise AssertionError(f"the watchdog has bitten after {WATCHDOG} s; {said}")


def _without_terminal() -> None:
    os.setsid()
    _default_signals()


def _with_terminal() -> None:
    os.setsid()
    # Opening it makes it the controlling terminal of a session that has none.
    os.close(os.open(os.ttyname(1), os.O_RDWR))
    _default_signals()


def _default_signals() -> None:
    """A shell may have given us ignored signals, which its children must not inherit."""
    for signum in (signal.SIGINT, signal.SIGTERM, signal.SIGQUIT, signal.SIGHUP):
        signal.signal(signum, signal.SIG_DFL)
    signal.pthread_sigmask(signal.SIG_SETMASK, set())


@contextmanager
def program(*command: str, terminal: bool = False, environment: Mapping[str, str] | None = None) -> Generator[Program]:
    started = Program(*command, terminal=terminal, environment=environment)
    try:
        yield started
    finally:
        started.close()


def module(name: str, *arguments: str) -> Sequence[str]:
    return [sys.executable, "-m", name, *arguments]


class Place:
    """A directory of its own for a case: its modules, its socket, and the file that lets its work go on."""

    def __init__(self) -> None:
        # Not pytest's: the path of a socket has 107 bytes at the most.
        self.path = Path(tempfile.mkdtemp(prefix="guest-"))
        self.socket = str(self.path / "socket")

    def environment(self, **more: str) -> dict[str, str]:
        ours = {"PYTHONPATH": f"{self.path}:{Path(__file__).parent}", "PLACE": str(self.path), "HOME": str(self.path)}
        return {**ours, **more}

    def go(self) -> None:
        (self.path / "go").touch()

    def remove(self) -> None:
        shutil.rmtree(self.path, ignore_errors=True)


def wait_until(condition: Callable[[], bool], what: str) -> None:
    until = time.monotonic() + WATCHDOG
    while not condition():
        assert time.monotonic() < until, f"{what}: not within {WATCHDOG} s"
        time.sleep(0.01)


def wait_until_taken(pid: int, signum: int) -> None:
    """Until the signal that was sent has reached the process's handler."""
    wait_until(lambda: not _is_queued(pid, signum), f"signal {signum} to be taken by {pid}")


def _is_queued(pid: int, signum: int) -> bool:
    try:
        threads = [status.read_text() for status in Path(f"/proc/{pid}/task").glob("*/status")]
    except (FileNotFoundError, ProcessLookupError):
        return False
    queued = re.findall(r"(?:SigPnd|ShdPnd):\s*([0-9a-f]+)", "".join(threads))
    return any(int(mask, 16) & (1 << (signum - 1)) for mask in queued)


class Request:
    """An HTTP request over a socket of the file system, which waits for its answer in a thread."""

    def __init__(self, path: str) -> None:
        self._path = path
        self._answer = b""
        self._thread = threading.Thread(target=self._ask, daemon=True)
        self._thread.start()

    def answer(self) -> tuple[str, str]:
        """The status line's code and the body; ("", "") if the connection was closed without an answer."""
        self._thread.join(WATCHDOG)
        assert not self._thread.is_alive(), "no answer, and the connection is not closed"
        head, _, body = self._answer.decode().partition("\r\n\r\n")
        return (head.split(" ")[1], body) if head else ("", "")

    def _ask(self) -> None:
        with socket.socket(socket.AF_UNIX) as connection:
            wait_until(lambda: self._connects(connection), "the server to listen")
            connection.sendall(b"GET / HTTP/1.1\r\nHost: here\r\nConnection: close\r\n\r\n")
            try:
                while more := connection.recv(65536):
                    self._answer += more
            except ConnectionResetError:
                pass

    def _connects(self, connection: socket.socket) -> bool:
        try:
            connection.connect(self._path)
        except OSError:
            return False
        return True
