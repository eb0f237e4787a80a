"""The end in an event loop: nothing is raised where the loop happens to be.

The loop's main task is cancelled; when it has ended, a callback of the loop raises the exception, which leaves
`run_until_complete` as any other that a callback raises. Imported when a shutdown meets a loop, not before.
"""

from __future__ import annotations

import asyncio
import contextlib
import sys
import threading
import time
import weakref
from collections.abc import Callable
from types import FrameType
from typing import Any

from graceful_shutdown import _native
from graceful_shutdown._asyncio_frames import is_winding_up, main_of
from graceful_shutdown._asyncio_hold import hold, release

interrupted: weakref.WeakKeyDictionary[asyncio.Future[Any], float] = weakref.WeakKeyDictionary()
"""They have been told to stop, and when: they are not told a second time while they roll back."""


def forget() -> None:
    """The shutdown was cancelled."""
    interrupted.clear()


def tell(future: asyncio.Future[Any]) -> None:
    interrupted[future] = time.monotonic()
    future.cancel(TIME_IS_UP)


ShutdownInterrupt = _native._interrupt_of_awaited()
"""What a thread raises that a task may await: a `CancelledError`, too. Here pickle finds it by its name."""

TIME_IS_UP = "the time of the task's blocks is up"
"""By this very object a cancellation of ours is known again."""


def is_ours(error: BaseException | None) -> bool:
    """Does a task end by this because we have told it, or one that it awaits? Before 3.11 the latter is the context."""
    while isinstance(error, asyncio.CancelledError):
        is_told = isinstance(error, _native.ShutdownInterrupt)
        is_told = is_told or isinstance(getattr(error, "event", None), _native.ShutdownEvent)
        if is_told or any(argument is TIME_IS_UP for argument in error.args):
            return True
        error = error.__context__
    return False


def interruption(_: int) -> BaseException:
    """What the running task meets at its breakpoint."""
    task = asyncio.current_task()
    if task is not None:
        interrupted[task] = time.monotonic()
        hold(task.get_loop())
    return asyncio.CancelledError()


def wake_main() -> bool:
    """For Windows, in a helper thread: the main thread may be in a loop that no signal wakes. Is it in one?"""
    frame = sys._current_frames().get(threading.main_thread().ident or 0)
    while frame is not None:
        if frame.f_globals.get("__name__") == "asyncio.base_events" and frame.f_code.co_name == "run_forever":
            with contextlib.suppress(RuntimeError):  # It is closed.
                frame.f_locals["self"].call_soon_threadsafe(int)
            return True
        frame = frame.f_back
    return False


def call_soon(loop: asyncio.AbstractEventLoop, function: Callable[[Any], object], task: asyncio.Task[Any]) -> None:
    loop.call_soon_threadsafe(function, task)


def cancel(task: asyncio.Task[Any]) -> None:
    """The time of its blocks is up."""
    hold(task.get_loop())
    tell(task)


def deliver(loop: asyncio.AbstractEventLoop, frame: FrameType | None, _: bool) -> bool:
    """Called in a signal handler, anywhere in the loop: only schedules.

    `run_until_complete` has a callback of its own at the main task, which stops the loop; ours comes behind it, in the
    same round of the loop. In front of it, it would leave the other to stop the loop's next run.
    """
    if is_winding_up(frame):
        _native._end_after_loop()
        return False
    seen = main_of(loop, frame)
    main = None if seen is None else seen.future

    def end(_: object = None) -> None:
        release(loop)
        if main is not None:
            if main_of(loop, sys._getframe(), seen) is not seen:
                # Too late for this run; the loop is about something else already.
                _native._end_after_loop()
                return
            if main.done() and not main.cancelled() and main.exception() is not None:
                # An error of its own is not lost behind the shutdown.
                _native._end_after_loop(main.exception())
                return
        _native._end_of_loop()

    def begin() -> None:
        # The shutdown may have been cancelled since.
        if _native._is_told() and main is not None and not main.done() and main not in interrupted:
            interrupted[main] = time.monotonic()
            main.cancel()

    if main is None or main.done():
        loop.call_soon_threadsafe(end)
    else:
        main.add_done_callback(end)
        loop.call_soon_threadsafe(begin)
    return True
