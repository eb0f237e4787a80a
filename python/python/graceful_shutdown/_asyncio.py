"""The end in an event loop: nothing is raised where the loop happens to be.

The loop's main task is cancelled; when it has ended, a callback of the loop raises the exception, which leaves
`run_until_complete` as any other that a callback raises. Imported when a shutdown meets a loop, not before.
"""

from __future__ import annotations

import asyncio
import weakref
from types import FrameType
from typing import Any

from graceful_shutdown import _native

_interrupted: weakref.WeakSet[asyncio.Task[Any]] = weakref.WeakSet()


def interrupted(task: asyncio.Task[Any]) -> None:
    """The task has been told to stop: it is not told a second time while it rolls back."""
    _interrupted.add(task)


def interrupted_here() -> None:
    task = asyncio.current_task()
    if task is not None:
        _interrupted.add(task)


def deliver(loop: asyncio.AbstractEventLoop, frame: FrameType | None) -> None:
    """Called in a signal handler, anywhere in the loop: only schedules."""
    main = _main_task(loop, frame)

    def end(_: object = None) -> None:
        exception = _native._end_of_loop()
        if exception is not None:
            raise exception

    def begin() -> None:
        if main is None:
            end()
            return
        if main.done():
            # The loop has a callback of its own to stop it, which must not be left for its next run.
            _native._end_after_loop()
            return
        main.add_done_callback(end)
        if main not in _interrupted:
            _interrupted.add(main)
            main.cancel()

    loop.call_soon_threadsafe(begin)


def _main_task(loop: asyncio.AbstractEventLoop, frame: FrameType | None) -> asyncio.Future[Any] | None:
    """What `run_until_complete` waits for: found in the frames around the loop."""
    while frame is not None:
        module, name = frame.f_globals.get("__name__"), frame.f_code.co_name
        if module == "asyncio.runners" and name == "run" and "task" in frame.f_locals:
            return _of_loop(frame.f_locals["task"], loop)
        if module == "asyncio.base_events" and name == "run_until_complete":
            return _of_loop(frame.f_locals.get("future"), loop)
        if module == "asyncio.runners" and name == "run" and "main" in frame.f_locals:
            main = frame.f_locals["main"]
            return next((task for task in asyncio.all_tasks(loop) if task.get_coro() is main), None)
        frame = frame.f_back
    return None


def _of_loop(future: Any, loop: asyncio.AbstractEventLoop) -> asyncio.Future[Any] | None:
    if isinstance(future, asyncio.Future) and future.get_loop() is loop:
        return future
    if isinstance(future, asyncio.Task) and future.get_loop() is loop:
        return future
    return None
