"""The end in an event loop: nothing is raised where the loop happens to be.

The loop's main task is cancelled; when it has ended, a callback of the loop raises the exception, which leaves
`run_until_complete` as any other that a callback raises. Imported when a shutdown meets a loop, not before.
"""

from __future__ import annotations

import asyncio
import contextlib
import sys
import threading
import weakref
from collections.abc import Callable
from types import FrameType
from typing import Any

from graceful_shutdown import _native
from graceful_shutdown._asyncio_frames import main_task
from graceful_shutdown._asyncio_hold import hold, release

interrupted: weakref.WeakSet[asyncio.Task[Any]] = weakref.WeakSet()
"""They have been told to stop: they are not told a second time while they roll back."""


ShutdownInterrupt = _native._interrupt_of_awaited()
"""What a thread raises that a task may await: a `CancelledError`, too. Here pickle finds it by its name."""

_TIME_IS_UP = "the time of the task's blocks is up"
"""By this very object a cancellation of ours is known again."""


def is_ours(error: BaseException | None) -> bool:
    """Does a task end by this because we have told it, or one that it awaits? Before 3.11 the latter is the context."""
    while isinstance(error, asyncio.CancelledError):
        is_told = isinstance(error, _native.ShutdownInterrupt)
        is_told = is_told or isinstance(getattr(error, "event", None), _native.ShutdownEvent)
        if is_told or any(argument is _TIME_IS_UP for argument in error.args):
            return True
        error = error.__context__
    return False


def interruption(_: int) -> BaseException:
    """What the running task meets at its breakpoint."""
    task = asyncio.current_task()
    if task is not None:
        interrupted.add(task)
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
    interrupted.add(task)
    hold(task.get_loop())
    task.cancel(_TIME_IS_UP)


def deliver(loop: asyncio.AbstractEventLoop, frame: FrameType | None, _: bool) -> bool:
    """Called in a signal handler, anywhere in the loop: only schedules.

    `run_until_complete` has a callback of its own at the main task, which stops the loop; ours comes behind it, in the
    same round of the loop. In front of it, it would leave the other to stop the loop's next run.
    """
    main = main_task(loop, frame)

    def end(_: object = None) -> None:
        release(loop)
        if main is not None:
            if main_task(loop, sys._getframe(), main) is not main:
                # Too late for this run; the loop is about something else already.
                _native._end_after_loop()
                return
            if main.done() and not main.cancelled() and main.exception() is not None:
                # An error of its own is not lost behind the shutdown.
                _native._end_after_loop(main.exception())
                return
        _native._end_of_loop()

    def begin() -> None:
        if main is not None and not main.done() and main not in interrupted:
            interrupted.add(main)
            main.cancel()

    if main is None or main.done():
        loop.call_soon_threadsafe(end)
    else:
        main.add_done_callback(end)
        loop.call_soon_threadsafe(begin)
    return True
