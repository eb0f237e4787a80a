"""`ShutdownProtection` as a decorator. Imported when it is used as one."""

from __future__ import annotations

import functools
import inspect
import types
from collections.abc import Callable, Generator
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from graceful_shutdown import ShutdownProtection


def protect(protection: ShutdownProtection, function: Callable[..., Any]) -> Callable[..., Any]:
    """Each call of the function is a block."""
    if not callable(function):
        raise TypeError(f"a ShutdownProtection decorates a function, not {function!r}")
    if _is(inspect.isasyncgenfunction, function):
        raise _no_stream(function)
    if _is(inspect.iscoroutinefunction, function):

        @functools.wraps(function)
        async def run_coroutine(*args: Any, **kwargs: Any) -> Any:
            async with protection:
                return await function(*args, **kwargs)

        return run_coroutine
    if _is(inspect.isgeneratorfunction, function):

        @functools.wraps(function)
        def run_generator(*args: Any, **kwargs: Any) -> Generator[Any, Any, Any]:
            generator: Generator[Any, Any, Any] = function(*args, **kwargs)
            with protection:
                return (yield from generator)

        return run_generator

    return _call(protection, function)


def _call(protection: ShutdownProtection, function: Callable[..., Any]) -> Callable[..., Any]:
    """What runs when it is called; or a wrapper around what runs later, whose block is then."""

    @functools.wraps(function)
    def run(*args: Any, **kwargs: Any) -> Any:
        result: Any = None
        try:
            with protection:
                result = function(*args, **kwargs)
                if not isinstance(result, (types.CoroutineType, types.AsyncGeneratorType)):
                    return result
        except BaseException:
            if isinstance(result, types.CoroutineType):
                result.close()
            raise
        if isinstance(result, types.AsyncGeneratorType):
            raise _no_stream(function)
        return _awaited(protection, result)

    return run


async def _awaited(protection: ShutdownProtection, coroutine: Any) -> Any:
    try:
        async with protection:
            return await coroutine
    finally:
        # Not begun, it would be reported as one that nobody has awaited.
        coroutine.close()


def _is(kind: Callable[[object], bool], function: Callable[..., Any]) -> bool:
    """Is the function, or what a call of this object calls, of this kind?"""
    return kind(function) or kind(type(function).__call__)


def _no_stream(function: Callable[..., Any]) -> TypeError:
    return TypeError(f"an asynchronous generator cannot be protected as a whole: {function!r}; use `async with` inside")
