"""The end in a trio run: its main task is cancelled, and what `trio.run` raises is the main thread's exception.

A block of a task is a cancel scope. At the block's deadline it is cancelled, and the block ends with
`ShutdownInterrupt`. Since an exception that leaves a task cancels those beside it, the scopes of their blocks are
shields from then on.
Imported when a task starts a block, or a shutdown meets a run; the program has imported trio then.
"""

from __future__ import annotations

import threading
from collections.abc import Callable
from types import FrameType
from typing import TYPE_CHECKING, Any

import outcome
import trio
from trio._core import _run

from graceful_shutdown import _native

if TYPE_CHECKING:
    from trio.lowlevel import Task, TrioToken


class _Here(threading.local):
    """A thread has a run of its own."""

    def __init__(self) -> None:
        self.scopes: dict[Task, list[trio.CancelScope]] = {}
        """Those of the open blocks, outermost first."""
        self.end: _End | None = None


_here = _Here()


def enter(is_pending: bool) -> trio.CancelScope:
    # What runs while a shutdown is pending is to run: clean-up, above all.
    scope = trio.CancelScope(shield=is_pending)
    scope.__enter__()
    _here.scopes.setdefault(trio.lowlevel.current_task(), []).append(scope)
    return scope


def leave(scope: trio.CancelScope, error: BaseException | None) -> bool:
    """Was the error the scope's own cancellation?"""
    for task, scopes in _here.scopes.items():
        if scope in scopes:
            scopes.remove(scope)
            if not scopes:
                del _here.scopes[task]
            break
    if error is None:
        return bool(scope.__exit__(None, None, None))
    return bool(scope.__exit__(type(error), error, error.__traceback__))


def call_soon(token: TrioToken, function: Callable[[Any], object], task: Task) -> None:
    token.run_sync_soon(function, task)


def cancel(task: Task) -> None:
    """The time of its blocks is up."""
    for scope in _here.scopes.get(task, ()):
        scope.cancel()


def interruption(code: int) -> BaseException:
    """What the running task meets at its breakpoint."""
    running = trio.lowlevel.current_task()
    for task, scopes in _here.scopes.items():
        if task is not running:
            for scope in scopes:
                scope.shield = True
    _watch()
    return _native.ShutdownInterrupt(code)


def deliver(_loop: None, _frame: FrameType | None, forced: bool) -> bool:
    """Called in a signal handler, anywhere in the run: only schedules."""

    def begin() -> None:
        if forced:
            for scopes in _here.scopes.values():
                for scope in scopes:
                    scope.shield = False
        cancel_main()

    try:
        trio.lowlevel.current_trio_token().run_sync_soon(begin)
    except trio.RunFinishedError:
        _native._end_after_loop()
        return False
    return True


def cancel_main(met: Callable[[], None] | None = None) -> bool:
    """`False`: there is none yet, or none any more. `met`: to be called when the run ends by that."""
    _watch()
    if met is not None and _here.end is not None:
        _here.end.met = met
    main = _runner().main_task
    if main is None or main.parent_nursery is None:
        return False
    main.parent_nursery.cancel_scope.cancel()
    return True


class _End(trio.abc.Instrument):
    """What trio calls when the run is over, in front of what `trio.run` raises or returns."""

    def __init__(self, runner: Any) -> None:
        self.runner = runner
        self.met: Callable[[], None] | None = None

    def after_run(self) -> None:
        _here.end = None
        ended = self.runner.main_task_outcome
        if isinstance(ended, outcome.Error) and not _is_of_the_end(ended.error):
            # An error of its own is not lost behind the shutdown.
            if threading.current_thread() is threading.main_thread():
                _native._end_after_loop(ended.error)
            return
        if isinstance(ended, outcome.Error) or _native._is_told():
            exception = _native._end_here()
            if exception is not None:
                if self.met is not None:
                    self.met()
                self.runner.main_task_outcome = outcome.Error(exception)


def _runner() -> Any:
    """trio has no public way to say what a run ends with."""
    context: Any = _run.GLOBAL_RUN_CONTEXT
    return context.runner


def _watch() -> None:
    if _here.end is None:
        _here.end = _End(_runner())
        trio.lowlevel.add_instrument(_here.end)


def _is_of_the_end(error: BaseException) -> bool:
    """Does it consist of interrupts, and of what they have cancelled?"""
    inner: tuple[BaseException, ...] | None = getattr(error, "exceptions", None)
    if inner is not None:
        return all(map(_is_of_the_end, inner))
    return isinstance(error, trio.Cancelled | _native.ShutdownInterrupt)
