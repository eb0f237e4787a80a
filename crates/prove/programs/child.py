"""One run of a program: start it, let it work for a moment, send it signals, see how it ends."""

from __future__ import annotations

import os
import select
import signal
import subprocess
import tempfile
import time
from dataclasses import dataclass

SIGNALS = (signal.SIGINT, signal.SIGTERM, signal.SIGQUIT, signal.SIGHUP)
# When a run is taken for stuck, from its start and from its signal on. A block lapses after 20 s; but on a machine with
# a load of 200, a run got no further than its imports in a minute.
WATCHDOG = 180.0


@dataclass(frozen=True)
class Shot:
    """A signal, and how long after the one before it, or after the program was ready."""

    signal: signal.Signals
    after: float


@dataclass(frozen=True)
class Ending:
    sent: tuple[signal.Signals, ...]
    # As its parent sees it: negative is death by that signal. None: it was stuck, and had to be killed.
    status: int | None
    # From the first signal.
    seconds: float
    said: str

    @property
    def by_signal(self) -> bool:
        """By one that was sent. Which of two comes first, the kernel decides."""
        return self.status is not None and -self.status in self.sent


def default_signals() -> None:
    """Who runs in the background, or under `nohup`, ignores some of them, and hands that on."""
    for number in SIGNALS:
        signal.signal(number, signal.SIG_DFL)


def run(command: list[str], shots: list[Shot]) -> Ending:
    with tempfile.TemporaryFile() as errors:
        process = subprocess.Popen(
            command,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=errors,
            preexec_fn=default_signals,  # noqa: PLW1509 - it starts no thread and takes no lock
        )
        with process:
            sent, status, seconds = _shoot(process, shots)
        errors.seek(0)
        return Ending(tuple(sent), status, seconds, errors.read().decode(errors="replace").strip()[-2000:])


def _shoot(process: subprocess.Popen[bytes], shots: list[Shot]) -> tuple[list[signal.Signals], int | None, float]:
    assert process.stdout is not None
    descriptor = os.pidfd_open(process.pid)
    try:
        sent: list[signal.Signals] = []
        ready, _, _ = select.select([process.stdout], [], [], WATCHDOG)
        began = time.perf_counter()
        if ready and process.stdout.readline() == b"ready\n":
            for shot in shots:
                # It may have ended of itself, or by the signal before.
                if select.select([descriptor], [], [], shot.after)[0]:
                    break
                if not sent:
                    began = time.perf_counter()
                # It is not reaped yet: the number is still its own.
                process.send_signal(shot.signal)
                sent.append(shot.signal)
        stuck = not select.select([descriptor], [], [], WATCHDOG)[0]
        seconds = time.perf_counter() - began
        if stuck:
            process.kill()
        status = process.wait()
        return sent, None if stuck else status, seconds
    finally:
        os.close(descriptor)
