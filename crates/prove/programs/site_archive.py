"""The archive's folders. Torn: one that is neither whole in the inbox nor whole in the archive, or is in both."""

from __future__ import annotations

import random
import shutil
from pathlib import Path

from sites import Audit, Program, in_a_folder
from trees import digest

FOLDERS = 80
FILES = 6


class Folders:
    units = FOLDERS

    def __init__(self, folder: Path) -> None:
        self.inbox, self.archive = folder / "inbox", folder / "archive"
        source = random.Random(1)
        self.contents = {
            f"{number:04}": [source.randbytes(source.randint(1, 20_000)) for _ in range(FILES)]
            for number in range(FOLDERS)
        }
        self.whole = {name: self._write(self.inbox / name) for name in self.contents}
        self.archive.mkdir()

    def _write(self, folder: Path) -> str:
        folder.mkdir(parents=True)
        for index, content in enumerate(self.contents[folder.name]):
            (folder / str(index)).write_bytes(content)
        return digest(folder)

    def audit(self) -> Audit:
        done, torn = 0, []
        for name, whole in self.whole.items():
            match [digest(place / name) if (place / name).exists() else None for place in (self.inbox, self.archive)]:
                case [None, it] if it == whole:
                    done += 1
                case [it, None] if it == whole:
                    pass
                case _:
                    torn.append(name)
        return Audit(done, f"neither waiting nor archived: {', '.join(torn)}" if torn else None)

    def start_over(self) -> None:
        for folder in self.archive.iterdir():
            shutil.rmtree(self.inbox / folder.name, ignore_errors=True)
            shutil.rmtree(folder)
            self._write(self.inbox / folder.name)


PROGRAM = Program(
    name="archive",
    about=f"In Rust, on fs_extra: folders of {FILES} files, each moved from the inbox to the archive",
    unit="a folder",
    crates=("fs_extra",),
    longest_delay=0.03,
    open=in_a_folder(Folders),
)
