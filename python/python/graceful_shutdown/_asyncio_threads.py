"""A block of a thread around a loop that runs there: at its deadline the loop tells the thread, between two steps.

As the main thread is told: the main task is cancelled, and when it has ended, a callback of the loop raises the
exception. Imported when such a block lapses, not before.
"""

from __future__ import annotations

import asyncio
import sys
import time
import weakref
from types import FrameType

from graceful_shutdown import _native
from graceful_shutdown._asyncio import interrupted, tell
from graceful_shutdown._asyncio_frames import Main, is_winding_up, loop_in, main_of, this_run
from graceful_shutdown._asyncio_hold import hold

_MOMENT = 1.0
"""Seconds. So long a main task that was told for a block of its own may roll back, and a step may last."""

_told_by: weakref.WeakKeyDictionary[asyncio.Future[object], Interruption] = weakref.WeakKeyDictionary()
"""The latest one: a thread whose block was renewed is told by another."""


class Interruption:
    """A helper thread asks for it again and again, until it is met or not due any more.

    What is asked of a loop that ends is lost.
    """

    def __init__(self) -> None:
        self.is_met = False
        self._asked: tuple[asyncio.AbstractEventLoop, float] | None = None
        """Whom, and when; until it looks."""
        self._main: Main | None = None
        self._told: asyncio.Future[object] | None = None

    def ask(self, frame: FrameType | None) -> bool:
        """`frame`: the thread's innermost. `False`: there is no loop."""
        loop = loop_in(frame)
        if loop is None or loop.is_closed():
            return False
        if self._asked is None or self._asked[0] is not loop:
            self._asked = loop, time.monotonic()
            try:
                loop.call_soon_threadsafe(self._look, loop)
            except RuntimeError:  # It has been closed.
                self._asked = None
                return False
        return True

    def is_stuck(self) -> bool:
        """Does a step of the loop last so long that it may never end? Not where its tasks have open blocks."""
        return (
            self._asked is not None
            and time.monotonic() - self._asked[1] > _MOMENT
            and not _native._holds_loop(self._asked[0])
        )

    def _look(self, loop: asyncio.AbstractEventLoop) -> None:
        """In the thread."""
        self._asked = None
        frame = sys._getframe()
        # Open blocks of its tasks are not torn, nor is what winds the loop up.
        if self.is_met or not _native._is_thread_due() or _native._holds_loop(loop) or is_winding_up(frame):
            return
        self._main = seen = main_of(loop, frame, self._main)
        if seen is None:
            self._meet()
        elif seen.future.done():
            _told_by.setdefault(seen.future, self)
            # Behind the callback of `run_until_complete`, which would stop the loop's next run otherwise.
            loop.call_soon(self._end, seen.future)
        elif seen.future is not self._told and time.monotonic() - interrupted.get(seen.future, 0.0) > _MOMENT:
            self._told = seen.future
            _told_by[seen.future] = self
            seen.future.add_done_callback(self._end)
            # A block that one of its tasks starts to clean up is not torn, either.
            hold(loop)
            tell(seen.future)

    def _end(self, main: asyncio.Future[object]) -> None:
        # An error of its own is not lost.
        if self.is_met or not _native._is_thread_due() or not (main.cancelled() or main.exception() is None):
            return
        if self._main is None or self._main.run is not this_run():
            return
        # Renewed, and due again: another one tells it now.
        if _told_by.get(main) is self and not _native._holds_loop(main.get_loop()):
            self._meet()

    def _meet(self) -> None:
        self.is_met = True
        # None: the shutdown has been cancelled since. What was due stays due.
        raise _native._end_here() or _native.ShutdownInterrupt
