"""What the programs share: where they work, and their block, which is the only thing they know of protection."""

from __future__ import annotations

import argparse
from collections.abc import Callable
from contextlib import AbstractContextManager
from pathlib import Path
from types import TracebackType
from typing import Protocol

from graceful_shutdown import ShutdownProtection

# Many times what a unit takes on a busy machine.
SECONDS = 20


class Block(Protocol):
    def allow_break(self) -> None: ...


class Unprotected:
    """The same program without protection."""

    def __enter__(self) -> Block:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        pass

    def allow_break(self) -> None:
        pass


def begin() -> tuple[Path, Callable[[], AbstractContextManager[Block]]]:
    """The folder that was named, and what makes the block."""
    parser = argparse.ArgumentParser()
    parser.add_argument("site", type=Path)
    parser.add_argument("--unprotected", action="store_true")
    arguments = parser.parse_args()
    return arguments.site, Unprotected if arguments.unprotected else lambda: ShutdownProtection(SECONDS)
