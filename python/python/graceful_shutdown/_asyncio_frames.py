"""What asyncio is doing in a thread, by its frames: no public function says so."""

from __future__ import annotations

import asyncio
import sys
from types import FrameType
from typing import Any, NamedTuple

_RUNNERS = frozenset({"asyncio.runners", "uvloop"})
"""The modules of `run`."""

_WINDS_UP = frozenset({"_cancel_all_tasks", "close", "__exit__"})
"""Their functions that wind a loop up."""


class Main(NamedTuple):
    """What `run_until_complete` waits for."""

    future: asyncio.Future[Any]
    run: object
    """In which run of the loop."""


def this_run() -> object:
    """Each run of a loop sets hooks of its own, which tell it from others."""
    return sys.get_asyncgen_hooks().firstiter


def main_of(loop: asyncio.AbstractEventLoop, frame: FrameType | None, known: Main | None = None) -> Main | None:
    """Called in the loop. `known`: what was found before. If it has ended since, not all frames tell it any more.

    While the loop is wound up, there is none: what runs then is asyncio's own.
    """
    if known is not None and known.run is this_run():
        return known
    future = None if is_winding_up(frame) else _awaited(loop, frame)
    return None if future is None or future.get_loop() is not loop else Main(future, this_run())


def _awaited(loop: asyncio.AbstractEventLoop, frame: FrameType | None) -> asyncio.Future[Any] | None:
    while frame is not None:
        module, name, names = _seen(frame)
        if module == "asyncio.base_events" and name == "run_until_complete":
            return _future(names().get("future"))
        if module == "asyncio.runners" and name == "run" and "task" in names():
            return _future(names()["task"])
        if module == "asyncio.runners" and name == "run" and "main" in names():
            main = names()["main"]
            return next((task for task in asyncio.all_tasks(loop) if task.get_coro() is main), None)
        frame = frame.f_back
    return None


def _future(found: Any) -> asyncio.Future[Any] | None:
    return found if asyncio.isfuture(found) else None


def is_winding_up(frame: FrameType | None) -> bool:
    """Does `asyncio.run` end a loop whose main task has ended?"""
    awaited: object = None
    while frame is not None:
        module, name, names = _seen(frame)
        if module == "asyncio.base_events" and name == "run_until_complete":
            awaited = awaited or names().get("future")
        if module in _RUNNERS:
            if name in _WINDS_UP:
                return True
            if name == "run" and "task" in names():
                return False
            # Before 3.11 a function does it all. (On uvloop, it is not seen what that waits for.)
            main = names().get("main") if name == "run" else None
            if main is not None and getattr(main, "cr_frame", main) is None:
                return isinstance(awaited, asyncio.Task) and awaited.get_coro() is not main
        frame = frame.f_back
    return False


def loop_in(frame: FrameType | None) -> asyncio.AbstractEventLoop | None:
    """The loop that runs here, or is about to run, or has run."""
    while frame is not None:
        module, name, names = _seen(frame)
        found: object = None
        if module == "asyncio.base_events" and name in ("run_forever", "run_until_complete"):
            found = names().get("self")
        elif module in _RUNNERS:
            # A method of `Runner`, or before 3.11 a function.
            found = getattr(names().get("self"), "_loop", names().get("loop"))
        if isinstance(found, asyncio.AbstractEventLoop):
            return found
        frame = frame.f_back
    return None


def _seen(frame: FrameType) -> tuple[Any, str, Any]:
    """Its module, its function's name, and what gives its local names, which cost more."""
    return frame.f_globals.get("__name__"), frame.f_code.co_name, lambda: frame.f_locals
