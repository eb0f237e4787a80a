"""The mirror's releases and its live tree. Torn: a live tree that is no release."""

from __future__ import annotations

import os
import random
import shutil
from pathlib import Path

from run_mirror import LIVE, RELEASES, VERSION, next_release
from sites import Audit, Program, in_a_folder
from trees import digest

COUNT = 50
FILES = 40
# Older than any file that a run writes: dirsync goes by the times.
FIRST_TIME = 1_600_000_000


def write_release(tree: Path, number: int) -> None:
    """Every file has new contents, and one in five a new name."""
    source = random.Random(number)
    for index in range(FILES):
        name = f"page-{index}-{number}" if index % 5 == 0 else f"page-{index}"
        path = tree / f"part-{index % 4}" / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(source.randbytes(source.randint(1, 40_000)))
    (tree / VERSION).write_text(str(number))
    for path in tree.rglob("*"):
        os.utime(path, (FIRST_TIME + number, FIRST_TIME + number))


class Trees:
    units = COUNT

    def __init__(self, folder: Path) -> None:
        self.live = folder / LIVE
        self.known: dict[str, int] = {}
        for number in range(COUNT):
            tree = folder / RELEASES / f"{number:04}"
            write_release(tree, number)
            self.known[digest(tree)] = number
        self.start_over()

    def audit(self) -> Audit:
        if not any(self.live.iterdir()):
            return Audit(0)
        number = self.known.get(digest(self.live))
        if number is not None:
            return Audit(number + 1)
        return Audit(0, f"the live tree is no release; its version file would go on with {self._next()}")

    def _next(self) -> str:
        try:
            return str(next_release(self.live))
        except ValueError:
            return "nothing that can be read"

    def start_over(self) -> None:
        shutil.rmtree(self.live, ignore_errors=True)
        self.live.mkdir()


PROGRAM = Program(
    name="mirror",
    about=f"dirsync: releases of {FILES} files, each synchronised over the live tree",
    unit="a release",
    packages=("dirsync",),
    longest_delay=0.1,
    open=in_a_folder(Trees),
)
