"""The programs in Python that are stepped through: two files that belong together, written in blocks.

Started once; forks at each order that it reads, before it has made any use of the package. What is stepped lies between
two signals, which only the tracer sees.

    python victim.py PROGRAM FIRST_FILE SECOND_FILE
"""

from __future__ import annotations

import gc
import os
import signal
import sys
import threading

from graceful_shutdown import ShutdownProtection, configure_shutdown_manager

first = os.open(sys.argv[2], os.O_WRONLY | os.O_APPEND)
second = os.open(sys.argv[3], os.O_WRONLY | os.O_APPEND)


def write(row: bytes) -> None:
    os.write(first, row)
    os.write(second, row)


def begin() -> None:
    signal.raise_signal(signal.SIGTRAP)


def end() -> None:
    signal.raise_signal(signal.SIGUSR1)


def warm() -> None:
    """What only the first block does is done: the region is that of any other."""
    configure_shutdown_manager()
    with ShutdownProtection(600) as block:
        block.allow_break()


def first_use() -> None:
    begin()
    with ShutdownProtection(600):
        write(b"1")
    end()


def blocks() -> None:
    warm()
    begin()
    with ShutdownProtection(600) as block:
        write(b"1")
        block.allow_break()
        write(b"2")
    with ShutdownProtection(600):
        write(b"3")
    end()


def nested() -> None:
    warm()
    begin()
    with ShutdownProtection(600) as outer:
        os.write(first, b"1")
        with ShutdownProtection(600) as inner:
            inner.allow_break()
        os.write(second, b"1")
        outer.allow_break()
        os.write(first, b"2")
        with ShutdownProtection(600):
            os.write(second, b"2")
    end()


def roll_back() -> None:
    warm()
    begin()
    try:
        with ShutdownProtection(600) as block:
            write(b"1")
            os.write(first, b"2")
            os.kill(os.getpid(), signal.SIGTERM)
            block.allow_break()
    except BaseException:
        with ShutdownProtection(600):
            if os.fstat(first).st_size > os.fstat(second).st_size:
                os.write(second, b"2")
        end()
        raise


def thread() -> None:
    warm()

    def work() -> None:
        begin()
        with ShutdownProtection(600) as block:
            write(b"1")
            block.allow_break()
            write(b"2")
        with ShutdownProtection(600):
            write(b"3")
        end()

    stepped = threading.Thread(target=work)
    stepped.start()
    while stepped.is_alive():
        with ShutdownProtection(600):
            write(b"4")
        stepped.join(0.0001)


PROGRAMS = {"first use": first_use, "blocks": blocks, "nested": nested, "roll back": roll_back, "thread": thread}


def ordered() -> bool:
    """Waits for orders, each a byte. True in the process of an order; false when there will be no more."""
    while os.read(0, 1):
        child = os.fork()
        if not child:
            return True
        os.waitpid(child, 0)
    return False


# What the child need not collect at its end.
gc.freeze()
if ordered():
    PROGRAMS[sys.argv[1]]()
