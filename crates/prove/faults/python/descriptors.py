"""No file descriptor is left: `descriptors.py before` (the first block), or `break | deadline | thread`, behind it."""

from __future__ import annotations

import errno
import os
import resource
import sys
import threading
import time
from pathlib import Path

from graceful_shutdown import ShutdownProtection, configure_shutdown_manager

from common import LONG, await_pending, say

WAY = sys.argv[1]
_, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
taken: list[int] = []


def exhaust() -> None:
    resource.setrlimit(resource.RLIMIT_NOFILE, (32, hard))
    try:
        while True:
            taken.append(os.open("/dev/null", os.O_RDONLY))
    except OSError:
        pass


def dispositions() -> list[str]:
    """What the kernel has of each signal: caught, ignored, blocked."""
    lines = Path("/proc/self/status").read_text().splitlines()
    return [line for line in lines if line.startswith(("SigCgt", "SigIgn", "SigBlk"))]


def refused() -> None:
    """At the first block; what is then as it was can be read when there is a descriptor again."""
    former, hook = dispositions(), threading.excepthook
    exhaust()
    try:
        ShutdownProtection(LONG).__enter__()
    except OSError as error:
        say("refused", errno.errorcode.get(error.errno or 0), Path(error.filename or "").name)
    else:
        say("not refused")
    os.close(taken.pop())
    untouched = dispositions() == former and threading.excepthook is hook
    say("handlers", "untouched" if untouched else "changed")


def block(time_left: float) -> None:
    with ShutdownProtection(time_left) as block:
        say("start", START)
        say("ready")
        if WAY in ("before", "break"):
            await_pending()
            block.allow_break()
        while True:
            # A thread is interrupted between two such calls (C11).
            time.sleep(0.001)


if WAY == "before":
    refused()
else:
    configure_shutdown_manager()
    exhaust()
START = time.monotonic_ns()
if WAY == "thread":
    worker = threading.Thread(target=block, args=(0.3,))
    worker.start()
    worker.join()
else:
    block(0.3 if WAY == "deadline" else LONG)
