"""Writers in threads and asyncio tasks, each in one block after the other: `crowd.py LEDGER THREADS TASKS MODE`.

Modes: `ends` (the first event is the end), `lives` (every shutdown is cancelled until the parent says `calm`), `rounds`
(the same, and each one is told to the parent), `bare` (without protection).
"""

from __future__ import annotations

import asyncio
import os
import signal
import sys
import threading
import time
from collections.abc import Callable

from graceful_shutdown import (
    ShutdownEvent,
    ShutdownInterrupt,
    ShutdownProtection,
    cancel_shutdown,
    configure_shutdown_manager,
    is_shutdown_requested,
    wait,
)

from ledger import Ledger, say

LEDGER, THREADS, TASKS, MODE = Ledger(sys.argv[1]), int(sys.argv[2]), int(sys.argv[3]), sys.argv[4]
BARE, CHILD = MODE == "bare", THREADS + TASKS
LONG = 600

calm, kept, over = threading.Event(), threading.Event(), threading.Event()
at_work: set[int] = set()
told: list[int] = []
events: dict[int, int] = {}
children: list[int] = []


def number(event: ShutdownEvent | None) -> int:
    return (event and event.signum) or 0


def pair(writer: int) -> None:
    LEDGER.first_step(writer)
    time.sleep(0 if writer % 8 == 0 else writer % 8 * 0.0005)
    LEDGER.second_step(writer)


def protected_pair(writer: int) -> None:
    with ShutdownProtection(LONG) as block:
        pair(writer)
        block.allow_break()
        pair(writer)


def thread(writer: int) -> None:
    while True:
        try:
            (pair if BARE else protected_pair)(writer)
        except ShutdownInterrupt as interrupt:
            if calm.is_set():
                told.append(number(interrupt.event))
                return
            time.sleep(0.001)
        at_work.add(writer)


async def pair_in_task(writer: int) -> None:
    LEDGER.first_step(writer)
    await asyncio.sleep(writer % 4 * 0.001)
    LEDGER.second_step(writer)


async def protected_pair_in_task(writer: int) -> None:
    async with ShutdownProtection(LONG) as block:
        await pair_in_task(writer)
        block.allow_break()
        await pair_in_task(writer)


async def task(writer: int) -> None:
    while True:
        try:
            await (pair_in_task if BARE else protected_pair_in_task)(writer)
        except asyncio.CancelledError as cancelled:
            events[writer] = number(getattr(cancelled, "event", None))
            raise
        at_work.add(writer)


async def until_calm(writer: int) -> None:
    """A task that is cancelled is done with; in its place comes another."""
    while True:
        await asyncio.wait([asyncio.create_task(task(writer))])
        if calm.is_set():
            told.append(events[writer])
            return
        await asyncio.sleep(0.001)


def child() -> int:
    """A child has a life of its own: nothing is pending in it but what it was sent itself."""
    signal.alarm(30)
    if BARE:
        return 0
    try:
        protected_pair(CHILD)
    except (SystemExit, KeyboardInterrupt):
        return 0 if is_shutdown_requested() else 77
    return 0


def fork() -> None:
    while not (calm.is_set() and is_shutdown_requested()):
        pid = os.fork()
        if pid == 0:
            status = 78
            try:
                status = child()
            finally:
                os._exit(status)
        _, status = os.waitpid(pid, 0)
        children.append(os.waitstatus_to_exitcode(status))
        time.sleep(0.005)


def keep() -> None:
    """A block that nothing but the end of the storm ends: no shutdown is delivered as long as it is open."""
    with ShutdownProtection(LONG):
        kept.set()
        over.wait()


def live() -> None:
    """Cancels every shutdown until the parent has had enough."""
    cancelled = 0
    while not calm.is_set():
        if wait(0.01):
            event = 0
            try:
                with ShutdownProtection(LONG):
                    pass
            except ShutdownInterrupt as interrupt:
                event = number(interrupt.event)
            cancel_shutdown()
            cancelled += 1
            if MODE == "rounds":
                say("seen", event)
    say("cancelled", cancelled)
    while not wait(LONG):
        pass
    over.set()


def hear() -> None:
    for line in sys.stdin:
        if line.strip() == "calm":
            calm.set()


async def main() -> None:
    tasks = [asyncio.create_task(until_calm(writer)) for writer in range(THREADS, THREADS + TASKS)]
    while len(at_work) < THREADS + TASKS:
        await asyncio.sleep(0.001)
    say("ready")
    await asyncio.wait(tasks)


def spawn(work: Callable[..., None], *args: int) -> threading.Thread:
    worker = threading.Thread(target=work, args=args)
    worker.start()
    return worker


if MODE not in ("lives", "rounds"):
    calm.set()
configure_shutdown_manager(max_attempts=2**31 - 1)
if BARE:
    for signum in (signal.SIGINT, signal.SIGTERM, signal.SIGQUIT, signal.SIGHUP):
        signal.signal(signum, signal.SIG_DFL)
workers = [spawn(thread, writer) for writer in range(THREADS)]
forker = spawn(fork)
if not calm.is_set():
    threading.Thread(target=hear, daemon=True).start()
    workers += [spawn(keep), spawn(live)]
    kept.wait()
try:
    asyncio.run(main())
    # The main thread is told last, when all others have been: here, if its loop was done before.
    while True:
        time.sleep(LONG)
finally:
    for worker in [*workers, forker]:
        worker.join()
    bad = [status for status in children if status not in (0, -1, -2, -3, -15)]
    say("children", len(children), len(bad))
    say("told", ",".join(map(str, sorted(set(told)))))
