"""The end in an event loop: nothing is raised where the loop happens to be.

The loop's main task is cancelled; when it has ended, a callback of the loop raises the exception, which leaves
`run_until_complete` as any other that a callback raises. Imported when a shutdown meets a loop, not before.

The main task may end before that: by a break of its own, or since it awaits a task that has met one. Then `_Hold`
keeps the loop from being stopped and wound up around tasks whose blocks are open.
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

_interrupted: weakref.WeakSet[asyncio.Task[Any]] = weakref.WeakSet()
"""They have been told to stop: they are not told a second time while they roll back."""


ShutdownInterrupt = _native._interrupt_of_awaited()
"""What a thread raises that a task may await: a `CancelledError`, too. Here pickle finds it by its name."""

_TIME_IS_UP = "the time of the task's blocks is up"
"""By this very object a cancellation of ours is known again."""

_LOOK = 0.02
"""So often, in seconds, a loop looks whether it is held still."""


class _Hold:
    """Stands for the method `stop` of a loop, while blocks of its tasks are open: puts off what it is asked for.

    Which blocks those are, the engine says. It is asked from time to time, as long as it says that there are some: so
    whatever ends, lapses or is cancelled, nothing can be missed. While nothing is pending there are none.
    """

    def __init__(self, loop: asyncio.AbstractEventLoop, attributes: dict[str, object]) -> None:
        self._loop = loop
        self._attributes = attributes
        self._asked: tuple[object] | None = None
        """In which run of the loop it was."""

    def __call__(self) -> None:
        runs_here = asyncio._get_running_loop() is self._loop
        if self._stands() and runs_here and _native._holds_loop(self._loop):
            self._asked = (_this_run(),)
        else:
            self._take_off()
            self._loop.stop()

    def look(self) -> None:
        if not self._stands():
            return
        if _native._holds_loop(self._loop):
            self._loop.call_later(_LOOK, self.look)
            return
        self._take_off()
        # Another run has not been asked to stop.
        if self._asked is not None and self._asked[0] is _this_run():
            self._loop.stop()

    def put_on(self) -> None:
        """What a program has put there is left alone."""
        if self._attributes.setdefault("stop", self) is self:
            try:
                self._loop.call_soon_threadsafe(self.look)
            except RuntimeError:  # It is closed.
                self._take_off()

    def _take_off(self) -> None:
        if self._stands():
            del self._attributes["stop"]

    def _stands(self) -> bool:
        return self._attributes.get("stop") is self


def _this_run() -> object:
    """Each run of a loop sets hooks of its own, which tell it from others."""
    return sys.get_asyncgen_hooks().firstiter


def hold(loop: asyncio.AbstractEventLoop) -> None:
    """Somebody has been told to stop: if the main task ends by that, it is not to tear the open blocks of others."""
    attributes = getattr(loop, "__dict__", None)
    if attributes is not None and "stop" not in attributes:
        _Hold(loop, attributes).put_on()


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
        _interrupted.add(task)
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
    _interrupted.add(task)
    hold(task.get_loop())
    task.cancel(_TIME_IS_UP)


def deliver(loop: asyncio.AbstractEventLoop, frame: FrameType | None, _: bool) -> bool:
    """Called in a signal handler, anywhere in the loop: only schedules.

    `run_until_complete` has a callback of its own at the main task, which stops the loop; ours comes behind it, in the
    same round of the loop. In front of it, it would leave the other to stop the loop's next run.
    """
    main = _main_task(loop, frame)

    def end(_: object = None) -> None:
        held = vars(loop).get("stop") if hasattr(loop, "__dict__") else None
        if isinstance(held, _Hold):
            held.look()
        if main is not None:
            if _main_task(loop, sys._getframe()) is not main:
                # Too late for this run; the loop is about something else already.
                _native._end_after_loop()
                return
            if main.done() and not main.cancelled() and main.exception() is not None:
                # An error of its own is not lost behind the shutdown.
                _native._end_after_loop(main.exception())
                return
        _native._end_of_loop()

    def begin() -> None:
        if main is not None and not main.done() and main not in _interrupted:
            _interrupted.add(main)
            main.cancel()

    if main is None or main.done():
        loop.call_soon_threadsafe(end)
    else:
        main.add_done_callback(end)
        loop.call_soon_threadsafe(begin)
    return True


def _main_task(loop: asyncio.AbstractEventLoop, frame: FrameType | None) -> asyncio.Task[Any] | None:
    """What `run_until_complete` waits for: found in the frames around the loop."""
    while frame is not None:
        module, name = frame.f_globals.get("__name__"), frame.f_code.co_name
        if module == "asyncio.base_events" and name == "run_until_complete":
            return _of_loop(frame.f_locals.get("future"), loop)
        if module == "asyncio.runners" and name == "run" and "task" in frame.f_locals:
            return _of_loop(frame.f_locals["task"], loop)
        if module == "asyncio.runners" and name == "run" and "main" in frame.f_locals:
            main = frame.f_locals["main"]
            return next((task for task in asyncio.all_tasks(loop) if task.get_coro() is main), None)
        frame = frame.f_back
    return None


def _of_loop(future: asyncio.Future[Any] | None, loop: asyncio.AbstractEventLoop) -> asyncio.Task[Any] | None:
    return future if isinstance(future, asyncio.Task) and future.get_loop() is loop else None
