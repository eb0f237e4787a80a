"""What the driver knows of a program: how it is started, and what it leaves behind."""

from __future__ import annotations

import re
import sys
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass
from importlib.metadata import version
from pathlib import Path
from typing import Protocol

HERE = Path(__file__).resolve().parent
LOCK = HERE.parents[2] / "Cargo.lock"


@dataclass(frozen=True)
class Audit:
    # Units that are complete, from the first on.
    done: int
    # What does not fit, if anything.
    torn: str | None = None


class Site(Protocol):
    """The things that a program works on, and the eye that looks at them without it."""

    @property
    def units(self) -> int: ...

    def audit(self) -> Audit: ...

    def start_over(self) -> None:
        """Undoes all units. Also the way to mend what is torn."""


class Opens(Protocol):
    def __call__(self, folder: Path) -> AbstractContextManager[Site]: ...


def in_a_folder(make: Callable[[Path], Site]) -> Opens:
    """What lies in a folder of its own, and needs nothing to be started or stopped."""

    @contextmanager
    def site(folder: Path) -> Iterator[Site]:
        folder.mkdir()
        yield make(folder)

    return site


@dataclass(frozen=True)
class Program:
    name: str
    about: str
    unit: str
    # The longest time that it works before the signal comes: some units.
    longest_delay: float
    open: Opens
    # What it is built on: packages of Python's, or crates.
    packages: tuple[str, ...] = ()
    crates: tuple[str, ...] = ()

    def command(self, folder: Path, binaries: Path) -> list[str]:
        if self.crates:
            return [str(binaries / f"prove-{self.name}"), str(folder)]
        return [sys.executable, str(HERE / f"run_{self.name}.py"), str(folder)]

    def versions(self) -> str:
        packages = [f"{package} {version(package)}" for package in self.packages]
        return ", ".join(packages + [f"{crate} {_locked(crate)}" for crate in self.crates])


def _locked(crate: str) -> str:
    found = re.search(rf'name = "{crate}"\nversion = "(.+)"', LOCK.read_text())
    return found[1] if found else "of a version that is not known"
