"""What is measured: each contestant in a folder of its own, and the words of Python that make its block."""

from __future__ import annotations

import os
import subprocess
import sys
import sysconfig
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

OURS = "graceful_shutdown (this package)"
ORIGINAL = "graceful-shutdown 0.1.2"
WINDDOWN = "winddown"
CYSIGNALS = "cysignals, sig_block() and sig_check()"
SWAPPED = "handlers swapped and put back"
MASKED = "pthread_sigmask, block and restore"
CLASS = "Python class that does nothing"
PYO3 = "PyO3 class that does nothing"
BY_HAND = "C class that does nothing"

SWAP = """
import signal
class Block:
    def __init__(self, seconds):
        self.pending = []
    def __enter__(self):
        self.former = [(it, signal.signal(it, self.note)) for it in (signal.SIGINT, signal.SIGTERM)]
        return self
    def note(self, *event):
        self.pending.append(event)
    def __exit__(self, *error):
        for it, former in self.former:
            signal.signal(it, former)
        for signum, frame in self.pending:
            signal.raise_signal(signum)
"""

MASK = """
from signal import pthread_sigmask, SIG_BLOCK, SIG_SETMASK, SIGINT, SIGTERM
events = {SIGINT, SIGTERM}
"""

NOTHING = """
class Block:
    def __init__(self, seconds):
        self.seconds = seconds
    def __enter__(self):
        return self
    def __exit__(self, *error):
        return None
    def allow_break(self):
        pass
"""

CYTHON = """
from cysignals.signals cimport sig_block, sig_check, sig_unblock
cdef class Block:
    def __init__(self, seconds):
        pass
    def __enter__(self):
        sig_block()
        return self
    def __exit__(self, *error):
        sig_unblock()
    def allow_break(self):
        sig_check()
"""


@dataclass(frozen=True)
class Contestant:
    name: str
    setup: str
    fresh: str | None = "with Block(4): pass"
    reused: str | None = "with block: pass"
    allow_break: str | None = "block.allow_break()"


CONTESTANTS = [
    Contestant(OURS, "from graceful_shutdown import ShutdownProtection as Block"),
    Contestant(ORIGINAL, "from graceful_shutdown import ShutdownProtection as Block"),
    Contestant(WINDDOWN, "from winddown import Shutdown as Block", allow_break="block.is_shutting_down"),
    Contestant(CYSIGNALS, "from bench_cysignals import Block"),
    Contestant(SWAPPED, SWAP, allow_break=None),
    Contestant(
        MASKED,
        MASK,
        fresh="former = pthread_sigmask(SIG_BLOCK, events); pthread_sigmask(SIG_SETMASK, former)",
        reused=None,
        allow_break=None,
    ),
    Contestant(CLASS, NOTHING),
    Contestant(PYO3, "from bench_floor import Plain as Block"),
    Contestant(BY_HAND, "from bench_floor import MadeByHand as Block"),
]
PLAIN = {SWAPPED, MASKED, CLASS}


class Sites:
    """The folders, filled as far as that is possible here."""

    def __init__(self, work: Path, wheel: Path, floor: Path) -> None:
        self.work = work
        self.missing: dict[str, str] = {}
        self.wheels: dict[str, Path] = {OURS: wheel}
        self._install(OURS, str(wheel), "--no-deps")
        self._fetch(ORIGINAL, "graceful-shutdown==0.1.2")
        self._fetch(WINDDOWN, "winddown==0.3.0")
        self._fetch(CYSIGNALS, "cysignals", "cython")
        if CYSIGNALS not in self.missing:
            self._attempt(CYSIGNALS, self._cython)
        for name in (PYO3, BY_HAND):
            link = self.folder(name) / "bench_floor.abi3.so"
            link.parent.mkdir(parents=True, exist_ok=True)
            link.unlink(missing_ok=True)
            link.symlink_to(floor)

    def folder(self, name: str) -> Path:
        return self.work / "".join(letter if letter.isalnum() else "-" for letter in name)

    def environment(self, name: str | None) -> dict[str, str]:
        path = {} if name is None or name in PLAIN else {"PYTHONPATH": str(self.folder(name))}
        kept = {key: value for key, value in os.environ.items() if not key.startswith("PYTHON")}
        return {**kept, **path}

    def here(self) -> list[Contestant]:
        return [contestant for contestant in CONTESTANTS if contestant.name not in self.missing]

    def _attempt(self, name: str, work: Callable[[], None]) -> None:
        try:
            work()
        except (subprocess.CalledProcessError, OSError) as error:
            said = getattr(error, "stderr", None) or str(error)
            self.missing[name] = said.strip().splitlines()[-1]
            print(f"{name}: not to be had here: {self.missing[name]}")

    def _fetch(self, name: str, *requirements: str) -> None:
        def fetch() -> None:
            wheels = self.folder(name).with_suffix(".wheels")
            _pip("download", "--dest", str(wheels), *requirements)
            self._install(name, "--no-index", "--find-links", str(wheels), *requirements)
            start = requirements[0].split("=")[0].replace("-", "_")
            self.wheels[name] = max(wheels.glob(f"{start}-*"))

        self._attempt(name, fetch)

    def _install(self, name: str, *arguments: str) -> None:
        _pip("install", "--upgrade", "--target", str(self.folder(name)), *arguments)

    def _cython(self) -> None:
        """What cysignals is for is code in Cython: without a compiler there is nothing to measure."""
        folder = self.folder(CYSIGNALS)
        source = folder / "bench_cysignals.pyx"
        source.write_text(CYTHON)
        environment = self.environment(CYSIGNALS)
        _run([sys.executable, "-m", "cython", "-3", str(source)], environment)
        include = [f"-I{sysconfig.get_path('include')}", f"-I{folder / 'cysignals'}"]
        built = source.with_suffix(".so")
        _run(["cc", "-O3", "-shared", "-fPIC", *include, "-o", str(built), str(source.with_suffix(".c"))], environment)


def _pip(command: str, *arguments: str) -> None:
    _run([sys.executable, "-m", "pip", command, "--quiet", "--disable-pip-version-check", *arguments], dict(os.environ))


def _run(command: list[str], environment: dict[str, str]) -> None:
    subprocess.run(command, check=True, capture_output=True, text=True, env=environment)
