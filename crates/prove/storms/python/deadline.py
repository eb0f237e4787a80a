"""A block with a known deadline: `deadline.py WAY MAX_EXEC_TIME FORCE_EXIT_AFTER`, in milliseconds."""

from __future__ import annotations

import importlib
import sys
import threading
import time
from collections import deque
from collections.abc import Awaitable, Callable
from itertools import repeat

from graceful_shutdown import ShutdownProtection, configure_shutdown_manager

from ledger import say

WAY, TIME, FORCED = sys.argv[1], int(sys.argv[2]) / 1000, int(sys.argv[3]) / 1000


def ready() -> None:
    say("start", START)
    say("ready")


def loop() -> None:
    with ShutdownProtection(TIME):
        ready()
        while True:
            pass


def task() -> None:
    import asyncio

    asyncio.run(coroutine(asyncio.sleep))


async def coroutine(sleep: Callable[[float], Awaitable[None]]) -> None:
    async with ShutdownProtection(TIME):
        ready()
        await sleep(600)


if WAY == "task":
    # What is not imported does not make the other ways' exits longer; and it is no part of the time.
    importlib.import_module("asyncio")
elif WAY == "stuck":
    configure_shutdown_manager(force_exit_after=FORCED)
START = time.monotonic_ns()
if WAY == "plain":
    configure_shutdown_manager()
    ready()
    time.sleep(600)
elif WAY == "break":
    with ShutdownProtection(600) as block:
        ready()
        while True:
            time.sleep(0.001)
            block.allow_break()
elif WAY == "sleeps":
    with ShutdownProtection(TIME):
        ready()
        time.sleep(600)
elif WAY == "runs":
    loop()
elif WAY == "thread":
    worker = threading.Thread(target=loop)
    worker.start()
    worker.join()
elif WAY == "task":
    task()
elif WAY == "drain":
    with ShutdownProtection(drain_time=TIME):
        ready()
        time.sleep(600)
else:
    try:
        with ShutdownProtection(TIME):
            ready()
            # In C, with the interpreter lock, for ever.
            deque(repeat(0), maxlen=0)
    finally:
        # On a busy machine the deadline may come before that.
        say("never stuck")
