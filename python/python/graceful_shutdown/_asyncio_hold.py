"""Keeps a loop from being stopped and wound up around open blocks of its tasks; the main thread's until that is told.

The main task may end before: by a break of its own, or since it awaits a task that has met one.
"""

from __future__ import annotations

import asyncio
import sys

from graceful_shutdown import _native
from graceful_shutdown._asyncio_frames import Main, main_of, this_run

_LOOK = 0.02
"""So often, in seconds, a loop looks whether it is held still."""


class Hold:
    """Stands for the method `stop` of a loop: puts off what it is asked for.

    As long as blocks of the loop's tasks are open; which these are, the engine says. And, where the main task ends by
    the shutdown, until the main thread is told: that raises the exception in this loop. Else the program would meet the
    task's `CancelledError` first, and end by that.

    It is asked from time to time whether there still is a reason: so whatever ends, lapses or is cancelled, nothing can
    be missed. While nothing is pending there is none.
    """

    def __init__(self, loop: asyncio.AbstractEventLoop, attributes: dict[str, object]) -> None:
        self._loop = loop
        self._attributes = attributes
        self._asked: tuple[object] | None = None
        """In which run of the loop it was."""
        self._main: Main | None = None

    def __call__(self) -> None:
        runs_here = asyncio._get_running_loop() is self._loop
        if self._stands() and runs_here and (_native._holds_loop(self._loop) or self._waits_to_be_told()):
            self._asked = (this_run(),)
        else:
            self._take_off()
            self._loop.stop()

    def look(self) -> None:
        if not self._stands():
            return
        if _native._holds_loop(self._loop) or self._may_wait_to_be_told():
            self._loop.call_later(_LOOK, self.look)
        else:
            self.release()

    def release(self) -> None:
        """In the loop."""
        if self._stands():
            self._take_off()
            # Another run has not been asked to stop.
            if self._asked is not None and self._asked[0] is this_run():
                self._loop.stop()

    def put_on(self) -> None:
        """What a program has put there is left alone."""
        if self._attributes.setdefault("stop", self) is self:
            try:
                self._loop.call_soon_threadsafe(self.look)
            except RuntimeError:  # It is closed.
                self._take_off()

    def note_main(self) -> None:
        """As long as it runs, it can be found."""
        if asyncio._get_running_loop() is self._loop:
            self._main = main_of(self._loop, sys._getframe(), self._main)

    def _may_wait_to_be_told(self) -> bool:
        self.note_main()
        if self._main is None:
            return False
        main = self._main.future
        return (not main.done() or main.cancelled()) and _native._main_is_to_be_told()

    def _waits_to_be_told(self) -> bool:
        """Who asks for the stop is the end of the main task, not the program itself."""
        return self._may_wait_to_be_told() and self._main is not None and self._main.future.done()

    def _take_off(self) -> None:
        if self._stands():
            del self._attributes["stop"]

    def _stands(self) -> bool:
        return self._attributes.get("stop") is self


def hold(loop: asyncio.AbstractEventLoop) -> None:
    """Somebody has been told to stop."""
    attributes = getattr(loop, "__dict__", None)
    if attributes is None:
        return
    held = attributes.get("stop")
    if held is None:
        held = Hold(loop, attributes)
        held.put_on()
    if isinstance(held, Hold):
        held.note_main()


def release(loop: asyncio.AbstractEventLoop) -> None:
    """In the loop: the main thread is told."""
    held = getattr(loop, "__dict__", {}).get("stop")
    if isinstance(held, Hold):
        held.release()
