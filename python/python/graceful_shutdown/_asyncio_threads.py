"""A block of a thread around a loop that runs there: at its deadline the loop tells the thread, between two steps.

As the main thread is told: the main task is cancelled, and when it has ended, a callback of the loop raises the
exception. Imported when such a block lapses, not before.
"""

from __future__ import annotations

import asyncio
import sys
from types import FrameType
from typing import Any

from graceful_shutdown import _native
from graceful_shutdown._asyncio import interrupted
from graceful_shutdown._asyncio_frames import loop_in, main_task


class Interruption:
    """A helper thread asks for it again and again, until it is met or not due any more.

    What is asked of a loop that ends is lost.
    """

    def __init__(self) -> None:
        self.is_met = False
        self._asked_of: asyncio.AbstractEventLoop | None = None

    def ask(self, frame: FrameType | None) -> bool:
        """`frame`: the thread's innermost. `False`: there is no loop."""
        loop = loop_in(frame)
        if loop is None or loop.is_closed():
            return False
        if self._asked_of is not loop:
            self._asked_of = loop
            try:
                loop.call_soon_threadsafe(self._look, loop)
            except RuntimeError:  # It has been closed.
                self._asked_of = None
                return False
        return True

    def _look(self, loop: asyncio.AbstractEventLoop) -> None:
        """In the thread."""
        self._asked_of = None
        # Open blocks of its tasks are not torn.
        if self.is_met or not _native._is_thread_due() or _native._holds_loop(loop):
            return
        main = main_task(loop, sys._getframe())
        if main is None:
            self._meet()
        elif not main.done() and main not in interrupted:
            interrupted.add(main)
            main.add_done_callback(self._end)
            main.cancel()

    def _end(self, main: asyncio.Task[Any]) -> None:
        # An error of its own is not lost.
        if not self.is_met and _native._is_thread_due() and (main.cancelled() or main.exception() is None):
            self._meet()

    def _meet(self) -> None:
        self.is_met = True
        # None: the shutdown has been cancelled since. What was due stays due.
        raise _native._end_here() or _native.ShutdownInterrupt
