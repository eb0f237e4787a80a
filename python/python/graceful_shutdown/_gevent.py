"""The end beside gevent: a greenlet ends by `GreenletExit`, and the main greenlet gets the main thread's exception.

Imported when a greenlet starts a block, or a shutdown meets one; the program has imported gevent then.
"""

from __future__ import annotations

from collections.abc import Callable
from types import FrameType
from typing import Any

import gevent

from graceful_shutdown import _native


def interruption(_: int) -> BaseException:
    """What the running greenlet meets at its breakpoint."""
    return gevent.GreenletExit()


def call_soon(hub: Any, function: Callable[[Any], object], greenlet: Any) -> None:
    hub.loop.run_callback_threadsafe(function, greenlet)


def cancel(greenlet: Any) -> None:
    """The time of its blocks is up. The main greenlet is told when the end comes."""
    if greenlet.parent is not None:
        gevent.kill(greenlet)


def wait() -> None:
    """The main greenlet waits for the blocks of others."""
    gevent.sleep(0.005)


def deliver(_loop: None, _frame: FrameType | None, _forced: bool) -> bool:
    """Called in a signal handler, in the hub or a greenlet that is not the main one: only schedules."""
    hub: Any = gevent.get_hub()

    def end() -> None:
        try:
            _native._end_of_loop()
        except BaseException as exception:  # noqa: BLE001
            # As the hub does with a `SystemExit` that it meets; from in here, where it counts as being handled.
            hub.parent.throw(exception.with_traceback(None))

    hub.loop.run_callback_threadsafe(end)
    return True
