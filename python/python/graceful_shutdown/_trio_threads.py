"""A block of a thread around a trio run: at its deadline the run's main task is cancelled.

What `trio.run` raises then is the thread's exception, as where a task has met one. Imported when such a block lapses.
"""

from __future__ import annotations

from types import FrameType
from typing import Any

import trio

from graceful_shutdown import _native
from graceful_shutdown._trio import cancel_main


class Interruption:
    """A helper thread asks for it again and again, until it is met or not due any more."""

    def __init__(self) -> None:
        self.is_met = False
        self._asked_of: Any = None
        self._is_told = False

    def ask(self, frame: FrameType | None) -> bool:
        """`frame`: the thread's innermost. `False`: there is no run."""
        runner = _runner_in(frame)
        if runner is None:
            return False
        if self._asked_of is not runner:
            token = runner.current_trio_token()
            try:
                token.run_sync_soon(self._look, token)
            except trio.RunFinishedError:
                return False
            self._asked_of = runner
        return True

    def is_stuck(self) -> bool:
        """A step that never ends is not interrupted: trio would take what comes there for an error of its own."""
        return False

    def _look(self, token: trio.lowlevel.TrioToken) -> None:
        """In the thread."""
        self._asked_of = None
        # Open blocks of its tasks are not torn.
        if not self._is_told and _native._is_thread_due() and not _native._holds_loop(token):
            self._is_told = cancel_main(self._met)

    def _met(self) -> None:
        """`trio.run` raises it."""
        self.is_met = True


def _runner_in(frame: FrameType | None) -> Any:
    while frame is not None:
        if frame.f_globals.get("__name__") == "trio._core._run" and frame.f_code.co_name in ("run", "unrolled_run"):
            runner = frame.f_locals.get("runner")
            if runner is not None:
                return runner
        frame = frame.f_back
    return None
