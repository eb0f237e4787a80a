"""What asyncio is doing in a thread, by its frames: no public function says so of another thread."""

from __future__ import annotations

import asyncio
from types import FrameType
from typing import Any


def main_task(
    loop: asyncio.AbstractEventLoop, frame: FrameType | None, known: asyncio.Task[Any] | None = None
) -> asyncio.Task[Any] | None:
    """What `run_until_complete` waits for: found in the frames around the loop.

    `known`: what it was before. On uvloop up to 3.10 there is only its coroutine in the frames, by which a task is not
    found any more when it has ended.
    """
    while frame is not None:
        module, name = frame.f_globals.get("__name__"), frame.f_code.co_name
        if module == "asyncio.base_events" and name == "run_until_complete":
            return _of_loop(frame.f_locals.get("future"), loop)
        if module == "asyncio.runners" and name == "run" and "task" in frame.f_locals:
            return _of_loop(frame.f_locals["task"], loop)
        if module == "asyncio.runners" and name == "run" and "main" in frame.f_locals:
            main = frame.f_locals["main"]
            tasks = asyncio.all_tasks(loop) if known is None else {*asyncio.all_tasks(loop), known}
            return next((task for task in tasks if task.get_coro() is main), None)
        frame = frame.f_back
    return None


def _of_loop(future: asyncio.Future[Any] | None, loop: asyncio.AbstractEventLoop) -> asyncio.Task[Any] | None:
    return future if isinstance(future, asyncio.Task) and future.get_loop() is loop else None


def loop_in(frame: FrameType | None) -> asyncio.AbstractEventLoop | None:
    """The loop that runs here, or is about to run, or has run."""
    while frame is not None:
        module, name = frame.f_globals.get("__name__"), frame.f_code.co_name
        if module == "asyncio.base_events" and name in ("run_forever", "run_until_complete"):
            found = frame.f_locals.get("self")
        elif module == "asyncio.runners":
            # A method of `Runner`, or before 3.11 a function.
            found = getattr(frame.f_locals.get("self"), "_loop", frame.f_locals.get("loop"))
        else:
            found = None
        if isinstance(found, asyncio.AbstractEventLoop):
            return found
        frame = frame.f_back
    return None
