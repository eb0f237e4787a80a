"""`ShutdownProtection` as a decorator. Imported when it is used as one."""

from __future__ import annotations

import functools
import inspect
from collections.abc import Callable, Generator
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from graceful_shutdown import ShutdownProtection


def protect(protection: ShutdownProtection, function: Callable[..., Any]) -> Callable[..., Any]:
    """Each call of the function is a block."""
    if not callable(function):
        raise TypeError(f"a ShutdownProtection decorates a function, not {function!r}")
    if inspect.isasyncgenfunction(function):
        raise TypeError(
            f"an asynchronous generator cannot be protected as a whole: {function!r}; use `async with` inside"
        )
    if inspect.iscoroutinefunction(function):

        @functools.wraps(function)
        async def run_coroutine(*args: Any, **kwargs: Any) -> Any:
            async with protection:
                return await function(*args, **kwargs)

        return run_coroutine
    if inspect.isgeneratorfunction(function):

        @functools.wraps(function)
        def run_generator(*args: Any, **kwargs: Any) -> Generator[Any, Any, Any]:
            generator: Generator[Any, Any, Any] = function(*args, **kwargs)
            with protection:
                return (yield from generator)

        return run_generator

    @functools.wraps(function)
    def run(*args: Any, **kwargs: Any) -> Any:
        with protection:
            return function(*args, **kwargs)

    return run
