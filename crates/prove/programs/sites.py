"""What the driver knows of a program: how it is started, and what it leaves behind."""

from __future__ import annotations

import sys
from contextlib import AbstractContextManager
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

HERE = Path(__file__).parent


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


@dataclass(frozen=True)
class Program:
    name: str
    about: str
    unit: str
    # The packages whose versions the report tells.
    packages: tuple[str, ...]
    # The longest time that it works before the signal comes: some units.
    longest_delay: float
    open: Opens
    # Whether nearly every signal tears it without protection, so that a few runs must show it.
    fragile: bool = False

    def command(self, folder: Path) -> list[str]:
        return [sys.executable, str(HERE / f"run_{self.name}.py"), str(folder)]
