"""A `ShutdownProtection` as a decorator: each call is a block. And what type checkers make of the package."""

from __future__ import annotations

import asyncio
import functools
import inspect
from signal import SIGTERM
from typing import TYPE_CHECKING

import pytest

from cases import check, run
from graceful_shutdown import ShutdownInterrupt, ShutdownProtection, open_blocks

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator, Awaitable, Callable, Coroutine, Generator

    from typing_extensions import Never, assert_type

    # Read by type checkers, and run by nobody.

    def function(number: int, *, text: str = "") -> bytes: ...
    async def coroutine(number: int) -> str: ...
    def generator() -> Generator[int, str, bytes]: ...
    async def stream() -> AsyncGenerator[int]:
        yield 1

    protection = ShutdownProtection(4)
    assert_type(protection(function)(1, text="x"), bytes)
    assert_type(protection(generator)(), Generator[int, str, bytes])
    assert_type(protection(generator), Callable[[], Generator[int, str, bytes]])

    def a_stream_is_refused() -> Never:
        protection(stream)

    class Named(ShutdownProtection):
        def __init__(self, name: str) -> None:
            super().__init__(4, name=name)

    async def statements() -> None:
        assert_type(await protection(coroutine)(1), str)
        with Named("x") as block:
            assert_type(block, Named)
            assert_type(block.max_exec_time, float | None)
        assert_type(Named("x").__aenter__(), Awaitable[Named])
        async with Named("x") as block:
            assert_type(block, Named)

    # Each of these is an error; what is no error any more is reported as an ignore that is not used.
    ShutdownProtection("4")  # type: ignore[call-overload]  # pyright: ignore[reportCallIssue, reportArgumentType]
    ShutdownProtection(4, drain_time=4)  # type: ignore[call-overload]  # pyright: ignore[reportCallIssue, reportArgumentType]
    protection(function)("1")  # type: ignore[arg-type]  # pyright: ignore[reportArgumentType]
    protection.max_exec_time = "5"  # type: ignore[assignment]  # pyright: ignore[reportAttributeAccessIssue]
    protection.name = "5"  # type: ignore[misc]  # pyright: ignore[reportAttributeAccessIssue]


def test_a_call_is_a_block_with_the_name_of_the_protection() -> None:
    @ShutdownProtection(4, name="call")
    def names(*extra: str) -> list[str | None]:
        """Says what is open."""
        return [*extra, *(block.name for block in open_blocks())]

    assert names("extra") == ["extra", "call"]
    assert open_blocks() == []
    assert (names.__name__, names.__doc__) == ("names", "Says what is open.")
    assert list(inspect.signature(names).parameters) == ["extra"]


def test_a_call_that_calls_itself_has_a_block_for_each() -> None:
    @ShutdownProtection(4)
    def nested(depth: int) -> int:
        return nested(depth - 1) if depth else len(open_blocks())

    assert nested(3) == 4
    assert open_blocks() == []


def test_an_error_ends_the_block_and_goes_through() -> None:
    @ShutdownProtection(4)
    def fails() -> None:
        raise KeyError("own")

    with pytest.raises(KeyError, match="own"):
        fails()
    assert open_blocks() == []


def test_the_call_of_a_coroutine_function_is_a_block_while_it_is_awaited() -> None:
    @ShutdownProtection(4)
    async def count() -> int:
        await asyncio.sleep(0)
        return len(open_blocks())

    async def main() -> list[int]:
        coroutine = count()
        assert open_blocks() == []
        return [await coroutine, *await asyncio.gather(count(), count())]

    assert inspect.iscoroutinefunction(count)
    assert asyncio.run(main()) == [1, 2, 1]
    assert open_blocks() == []


def test_what_returns_a_coroutine_is_a_block_while_that_is_awaited() -> None:
    """A wrapper of another library around a coroutine function; an object whose call is one."""

    async def count(*extra: int) -> list[int]:
        await asyncio.sleep(0)
        return [*extra, len(open_blocks())]

    @functools.wraps(count)
    def wrapper(*extra: int) -> Coroutine[object, object, list[int]]:
        return count(*extra)

    class Counter:
        async def __call__(self, *extra: int) -> list[int]:
            return await count(*extra)

    async def main() -> None:
        for counts in (wrapper, Counter(), functools.partial(count), Counter().__call__):
            protected = ShutdownProtection(4)(counts)
            coroutine = protected(5)
            assert open_blocks() == []
            assert await coroutine == [5, 1]
            assert list(await asyncio.gather(protected(), protected())) == [[2], [1]]

    asyncio.run(main())
    assert inspect.iscoroutinefunction(ShutdownProtection(4)(Counter()))
    assert open_blocks() == []


@pytest.mark.parametrize("when", ["before the call", "in the call", "before it is awaited"])
def test_c12_what_returns_a_coroutine_that_is_not_begun_says_nothing_of_it(when: str) -> None:
    end = run(f"""
        import asyncio, functools
        async def work():
            say("not reached")
        @functools.wraps(work)
        def wrapper():
            if {when!r} == "in the call":
                pend()
            return work()
        protected = ShutdownProtection(4)(wrapper)
        async def main():
            if {when!r} == "before the call":
                pend()
            coroutine = protected()
            pend()
            await coroutine
            say("not reached")
        async def holds():
            async with ShutdownProtection(15):
                await asyncio.sleep(0.2)
        async def both():
            holder = asyncio.create_task(holds())
            await asyncio.sleep(0)
            try:
                await main()
            except asyncio.CancelledError:
                say("cancelled")
                raise
            finally:
                await holder
        asyncio.run(both())
    """)
    check(end, -SIGTERM, ["cancelled"])


def test_what_returns_an_asynchronous_generator_is_refused() -> None:
    async def stream() -> AsyncGenerator[int]:
        yield 1

    class Streamer:
        async def __call__(self) -> AsyncGenerator[int]:
            yield 1

    def wrapper() -> AsyncGenerator[int]:
        return stream()

    with pytest.raises(TypeError, match="cannot be protected as a whole"):
        ShutdownProtection(4)(Streamer())
    with pytest.raises(TypeError, match="cannot be protected as a whole"):
        ShutdownProtection(4)(wrapper)()
    assert open_blocks() == []


def test_a_generator_is_a_block_from_its_first_step_to_its_end() -> None:
    @ShutdownProtection(4)
    def steps() -> Generator[int, None, str]:
        yield len(open_blocks())
        return "done"

    generator = steps()
    assert open_blocks() == []
    assert next(generator) == 1
    with pytest.raises(StopIteration, match="done"):
        next(generator)
    assert open_blocks() == []


def test_a_method_may_be_decorated() -> None:
    class Account:
        @ShutdownProtection(4)
        def book(self, amount: int) -> tuple[Account, int, int]:
            return self, amount, len(open_blocks())

    account = Account()
    assert account.book(5) == (account, 5, 1)


def test_the_exception_of_threads_is_a_system_exit_and_has_an_event() -> None:
    assert issubclass(ShutdownInterrupt, SystemExit)
    assert ShutdownInterrupt(3).code == 3
    assert ShutdownInterrupt.event is None
