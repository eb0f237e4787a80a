"""No memory is left: `memory.py KIB` at the first block, `memory.py pending` when the event comes."""

import os
import resource
import sys
import time
from pathlib import Path

from graceful_shutdown import ShutdownProtection

from common import await_pending, say

TIME = 0.3


def leave(size: int) -> None:
    """Leaves so many bytes of address space."""
    pages = int(Path("/proc/self/statm").read_text().split()[0])
    _, hard = resource.getrlimit(resource.RLIMIT_AS)
    resource.setrlimit(resource.RLIMIT_AS, (pages * resource.getpagesize() + size, hard))


def at_the_first_block(left: int) -> None:
    leave(left)
    say("limited")
    try:
        block = ShutdownProtection(TIME).__enter__()
    except (OSError, MemoryError) as error:
        say("refused:", repr(error))
        return
    say("works")
    await_pending()
    block.allow_break()


def others_sleep() -> bool:
    others = [thread for thread in Path("/proc/self/task").iterdir() if thread.name != str(os.getpid())]
    return all("\nState:\tS" in (thread / "status").read_text() for thread in others)


def pending() -> None:
    with ShutdownProtection(TIME):
        # A thread needs memory to begin: the supervisor is to be where it waits.
        while not others_sleep():
            pass
        leave(0)
        kept = []
        for size in (1 << 20, 1 << 12, 1 << 8, 1):
            try:
                while True:
                    kept.append(bytes(size))
            except MemoryError:
                pass
        os.write(1, b"ready\n")
        time.sleep(600)


pending() if sys.argv[1] == "pending" else at_the_first_block(int(sys.argv[1]) * 1024)
