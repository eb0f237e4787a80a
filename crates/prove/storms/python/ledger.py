"""Two-step writes that show a tear, in the form of `prove_common::ledger`."""

from __future__ import annotations

import os
import struct

FORM = struct.Struct("<QQQ")
NUMBER = struct.Struct("<Q")


class Ledger:
    def __init__(self, path: str) -> None:
        self.file = os.open(path, os.O_RDWR)

    def first_step(self, writer: int) -> None:
        first, second, torn = FORM.unpack(os.pread(self.file, FORM.size, writer * FORM.size))
        if first != second:
            self._put(writer, 2, torn + 1)
            self._put(writer, 1, first)
        self._put(writer, 0, first + 1)

    def second_step(self, writer: int) -> None:
        (first,) = NUMBER.unpack(os.pread(self.file, NUMBER.size, writer * FORM.size))
        self._put(writer, 1, first)

    def _put(self, writer: int, index: int, value: int) -> None:
        os.pwrite(self.file, NUMBER.pack(value), writer * FORM.size + index * NUMBER.size)


def say(*words: object) -> None:
    """One line, by one call to the system."""
    os.write(1, (" ".join(map(str, words)) + "\n").encode())
