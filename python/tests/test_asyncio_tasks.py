"""C9 to C14 in asyncio: blocks belong to tasks, breakpoints and deadlines cancel them."""

import textwrap
from signal import SIGTERM

import pytest

from cases import End, check, numbers, run

LOOP = """
import asyncio
async def pended(signum=SIGTERM):
    kill(signum)
    while not is_shutdown_requested():
        await asyncio.sleep(0.001)
def of(error):
    say("told", type(error).__name__, getattr(error, "code", "-"), getattr(error, "event", "-"))
"""


def case(script: str, **environment: str) -> End:
    return run(LOOP + textwrap.dedent(script), **environment)


@pytest.mark.parametrize("how", ["with", "async with"])
def test_c9_c17_a_breakpoint_in_a_task_raises_cancelled_error(how: str) -> None:
    end = case(f"""
        async def main():
            try:
                {how} ShutdownProtection(20) as block:
                    await asyncio.sleep(0)
                    block.allow_break()
                    await pended()
                    say("inside", len(open_blocks()))
                    block.allow_break()
                    say("not reached")
            except asyncio.CancelledError as error:
                of(error)
                say(asyncio.current_task().cancelled(), len(open_blocks()))
                raise
        try:
            asyncio.run(main())
        except SystemExit as error:
            of(error)
            raise
    """)
    check(end, -SIGTERM, ["inside 1", "told CancelledError - SIGTERM", "False 0", "told SystemExit 143 SIGTERM"])


@pytest.mark.parametrize("how", ["with", "async with"])
def test_c10_the_end_of_a_block_is_a_break(how: str) -> None:
    end = case(f"""
        async def main():
            {how} ShutdownProtection(20):
                await pended(SIGINT)
                await asyncio.sleep(0.05)
                say("undisturbed")
            say("not reached")
        try:
            asyncio.run(main())
        except KeyboardInterrupt as error:
            of(error)
    """)
    check(end, 0, ["undisturbed", "told KeyboardInterrupt - SIGINT"])


def test_c11_the_deadline_of_a_task_cancels_it_and_not_before() -> None:
    end = case("""
        async def main():
            entered = time.monotonic()
            try:
                async with ShutdownProtection(0.2):
                    await pended(SIGINT)
                    await asyncio.sleep(30)
            except asyncio.CancelledError:
                say("late", time.monotonic() - entered - 0.2)
                await asyncio.sleep(0.05)    # rolls back, and is not cancelled once more
                say("rolled")
                raise
        for _ in range(4):
            try:
                asyncio.run(main())
            except KeyboardInterrupt as error:
                of(error)
    """)
    late = numbers(end.lines, "late")
    assert len(late) == 4 and min(late) >= 0 and min(late) < 0.05 and max(late) < 2, end
    check(end, 0)
    assert end.lines.count("rolled") == end.lines.count("told KeyboardInterrupt - SIGINT") == 4, end


def test_c11_a_cancellation_that_comes_too_late_is_withdrawn() -> None:
    end = case("""
        import random
        async def work(number):
            for _ in range(20):
                async with ShutdownProtection(0.01, run_at_exit=True):
                    until = time.monotonic() + random.uniform(0.008, 0.013)
                    while time.monotonic() < until:
                        pass
                await asyncio.sleep(0)
                await asyncio.sleep(0)
        async def main():
            async with ShutdownProtection(15):
                await pended()
                tasks = [asyncio.create_task(work(number)) for number in range(3)]
                ends = await asyncio.gather(*tasks, return_exceptions=True)
                for number, end in enumerate(ends):
                    if end is not None and not isinstance(end, asyncio.CancelledError):
                        say("wrong", repr(end))
            say("not reached")
        asyncio.run(main())
    """)
    assert end.lines == [] and end.status == -SIGTERM, end


def test_c14_tasks_have_blocks_of_their_own() -> None:
    end = case("""
        async def work(name, seconds):
            entered = time.monotonic()
            try:
                async with ShutdownProtection(seconds) as block:
                    await asyncio.sleep(30)
            except asyncio.CancelledError:
                say(name, time.monotonic() - entered - seconds)
                raise
        async def breaks():
            async with ShutdownProtection(30) as block:
                while not is_shutdown_requested():
                    await asyncio.sleep(0.005)
                try:
                    block.allow_break()
                except asyncio.CancelledError as error:
                    of(error)
                    raise
        async def main():
            tasks = [asyncio.create_task(job) for job in (work("a", 0.2), work("b", 0.5), breaks())]
            await asyncio.sleep(0.05)
            say(len(open_blocks()))
            kill(SIGTERM)
            try:
                await asyncio.gather(*tasks, return_exceptions=True)    # with the last of them, main is cancelled
                await asyncio.sleep(10)
            except asyncio.CancelledError:
                say("main")
                raise
        try:
            asyncio.run(main())
        except SystemExit as error:
            of(error)
            raise
    """)
    assert min(numbers(end.lines, "a") + numbers(end.lines, "b")) >= 0, end
    rest = [line for line in end.lines if line[:2] not in ("a ", "b ")]
    assert rest[:2] == ["3", "told CancelledError - SIGTERM"], end
    assert rest[-2:] == ["main", "told SystemExit 143 SIGTERM"], end
    assert end.status == -SIGTERM and end.stderr == ""


def test_c13_nested_blocks_of_a_task() -> None:
    end = case("""
        protection = ShutdownProtection(20)
        async def main():
            async with protection as outer:
                await pended()
                async with protection as inner:
                    inner.allow_break()
                    await asyncio.sleep(0.01)
                    with ShutdownProtection(20) as third:
                        third.allow_break()
                    say("nested")
                say("outer")
                outer.allow_break()
                say("not reached")
        asyncio.run(main())
    """)
    check(end, -SIGTERM, ["nested", "outer"])


def test_c12_a_start_in_a_task_is_a_break_unless_it_has_another_block() -> None:
    end = case("""
        async def late():
            try:
                async with ShutdownProtection(5):
                    say("not reached")
            except asyncio.CancelledError as error:
                of(error)
                async with ShutdownProtection(5):
                    say("rolls back")
                raise
        async def main():
            async with ShutdownProtection(20):
                await pended()
                await asyncio.gather(asyncio.create_task(late()), return_exceptions=True)
                async with ShutdownProtection(5, run_at_exit=True):
                    say("nested")
        asyncio.run(main())
    """)
    check(end, -SIGTERM, ["told CancelledError - SIGTERM", "rolls back", "nested"])


def test_c10_an_own_error_of_the_main_task_keeps_its_status() -> None:
    end = case("""
        async def main():
            async with ShutdownProtection(20):
                await pended()
                raise ValueError("mine")
        asyncio.run(main())
    """)
    check(end, 1, [], "ValueError: mine")
    assert "SystemExit" not in end.stderr, end


def test_c9_a_swallowed_cancellation_comes_again() -> None:
    end = case("""
        async def main():
            try:
                async with ShutdownProtection(20) as block:
                    await pended()
                    for _ in range(3):
                        try:
                            block.allow_break()
                            say("not reached")
                        except asyncio.CancelledError:
                            say("swallowed")
                    await asyncio.sleep(0.01)
                say("not reached")
            except asyncio.CancelledError:
                say("again")
                raise
        asyncio.run(main())
    """)
    assert end.lines[:3] == ["swallowed"] * 3 and end.lines[-1] == "again", end
    assert "not reached" not in end.lines and end.status == -SIGTERM and not end.stderr, end


def test_c17_a_task_s_cancel_from_outside_is_its_own() -> None:
    end = case("""
        async def work():
            async with ShutdownProtection(20):
                await asyncio.sleep(30)
        async def main():
            task = asyncio.create_task(work())
            await asyncio.sleep(0.01)
            task.cancel()
            try:
                await task
            except asyncio.CancelledError as error:
                say("cancelled", hasattr(error, "event"), len(open_blocks()), is_shutdown_requested())
            try:
                async with asyncio.timeout(0.02), ShutdownProtection(20):
                    await asyncio.sleep(30)
            except TimeoutError:
                say("timeout")
            except AttributeError:
                pass
        if not hasattr(asyncio, "timeout"):
            class timeout:
                def __init__(self, _): pass
                async def __aenter__(self): raise TimeoutError
                async def __aexit__(self, *_): pass
            asyncio.timeout = timeout
        asyncio.run(main())
    """)
    check(end, 0, ["cancelled False 0 False", "timeout"])


def test_c17_task_group_and_timeout_pass_the_interrupt_on() -> None:
    end = case("""
        import sys
        if sys.version_info < (3, 11):
            say("skipped"); sys.exit(0)
        async def work(number):
            async with ShutdownProtection(20) as block:
                while True:
                    await asyncio.sleep(0.005)
                    block.allow_break()
        async def main():
            try:
                async with asyncio.timeout(20):
                    async with asyncio.TaskGroup() as group:
                        for number in range(3):
                            group.create_task(work(number))
                        await asyncio.sleep(0.05)
                        kill(SIGTERM)
                say("tasks are done")
                await asyncio.sleep(10)
                say("not reached")
            except asyncio.CancelledError:
                say("main is cancelled")
                raise
        try:
            asyncio.run(main())
        except SystemExit as error:
            of(error)
            raise
    """)
    if end.lines != ["skipped"]:
        assert "not reached" not in end.lines and end.lines[-2:] == [
            "main is cancelled",
            "told SystemExit 143 SIGTERM",
        ], end
        assert end.status == -SIGTERM and end.stderr == "", end


def test_the_decorator_of_coroutine_functions() -> None:
    end = case("""
        @ShutdownProtection(20, name="job")
        async def job(number):
            await asyncio.sleep(0)
            say(open_blocks()[0].name, number)
            await pended(SIGINT)
            await asyncio.sleep(0.01)
            return number
        async def main():
            await job(3)
            say("not reached")
        try:
            asyncio.run(main())
        except KeyboardInterrupt:
            say("told")
        import inspect
        say(inspect.iscoroutinefunction(job), job.__name__)
    """)
    check(end, 0, ["job 3", "told", "True job"])
