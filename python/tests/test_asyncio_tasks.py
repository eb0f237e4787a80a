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

LOOPS = ["asyncio", "uvloop"]


def policy(loop: str) -> str:
    if loop == "uvloop":
        pytest.importorskip("uvloop")
        return "import uvloop; asyncio.set_event_loop_policy(uvloop.EventLoopPolicy())\n"
    return ""


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
