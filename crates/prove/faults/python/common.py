"""Words that the programs have in common."""

from __future__ import annotations

import ctypes
import os
import threading
from typing import NoReturn

from graceful_shutdown import wait

LONG = 600


def say(*words: object) -> None:
    """One line, by one call to the system."""
    os.write(1, (" ".join(map(str, words)) + "\n").encode())


def fault(name: str, value: int) -> None:
    """Asks the shim for a fault."""
    getattr(ctypes.CDLL(None), name)(ctypes.c_int64(value))


def tell_pending() -> None:
    """Says `pending` once a shutdown is, from a thread."""

    def tell() -> None:
        if wait(LONG):
            say("pending")

    threading.Thread(target=tell, daemon=True).start()


def await_pending() -> None:
    while not wait(LONG):
        pass
    say("pending")


def asleep() -> NoReturn:
    import time

    while True:
        time.sleep(LONG)
