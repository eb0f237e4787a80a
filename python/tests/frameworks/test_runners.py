"""`asyncio.run` and `Runner`, on asyncio's own loop and on uvloop: the same script gives the same on both."""

from __future__ import annotations

import sys
import textwrap
from signal import SIGINT, SIGTERM

import pytest

from program import Place, program

LOOPS = ["asyncio", "uvloop"]
WAYS = ["run", "Runner"]

PRELUDE = """
import asyncio, os, signal, sys, time
from pathlib import Path
from graceful_shutdown import *

GO = Path(os.environ["PLACE"]) / "go"

def say(*words):
    os.write(1, (" ".join(map(str, words)) + "\\n").encode())

if LOOP == "uvloop":
    import uvloop
    factory = uvloop.new_event_loop
else:
    factory = asyncio.new_event_loop

def run(main):
    if WAY == "Runner":
        with asyncio.Runner(loop_factory=factory) as runner:
            return runner.run(main)
    if LOOP == "uvloop":
        return uvloop.run(main)
    return asyncio.run(main)
"""


def script(loop: str, way: str, body: str) -> list[str]:
    if loop == "uvloop":
        pytest.importorskip("uvloop", reason="uvloop is not installed")
    if way == "Runner" and sys.version_info < (3, 11):
        pytest.skip("asyncio.Runner is of CPython 3.11")
    return [sys.executable, "-c", f"LOOP, WAY = {loop!r}, {way!r}\n" + PRELUDE + textwrap.dedent(body)]


both = pytest.mark.parametrize("loop", LOOPS)
ways = pytest.mark.parametrize("way", WAYS)
signals = pytest.mark.parametrize("signum", [SIGINT, SIGTERM])


@both
@ways
@signals
def test_c15_c17_all_tasks_end_their_blocks_first(loop: str, way: str, signum: int, place: Place) -> None:
    body = """
    async def work(number):
        async with ShutdownProtection(60):
            say("inside", number)
            while not GO.exists():
                await asyncio.sleep(0.01)
            say("done", number)
        say("torn")

    async def main():
        try:
            # Each is told by itself, at the end of its block.
            say(*map(type, await asyncio.gather(work(1), work(2), return_exceptions=True)))
            await asyncio.sleep(60)
        except asyncio.CancelledError:
            say("cancelled")
            raise
        finally:
            await asyncio.sleep(0.01)
            say("rolled back")

    try:
        run(main())
    except BaseException as end:
        say("out", type(end).__name__)
        raise
    """
    with program(*script(loop, way, body), environment=place.environment()) as case:
        case.expect("inside 1\n")
        case.expect("inside 2\n")
        case.signal(signum)
        place.go()
        end = case.end()
    name = "KeyboardInterrupt" if signum == SIGINT else "SystemExit"
    lines = end.stdout.splitlines()[2:]
    assert sorted(lines[:2]) == ["done 1", "done 2"]
    assert lines[-3:] == ["cancelled", "rolled back", f"out {name}"]
    assert "torn" not in lines
    assert end.status == -signum
    assert end.stderr == "" or signum == SIGINT
    assert "Event loop stopped" not in end.stderr


@both
@ways
def test_c9_a_break_cancels_the_task(loop: str, way: str, place: Place) -> None:
    body = """
    async def main():
        async with ShutdownProtection(60) as block:
            say("inside")
            try:
                while True:
                    await asyncio.sleep(0.01)
                    block.allow_break()
            except asyncio.CancelledError as end:
                say("cancelled", end.event)
                raise
    run(main())
    """
    with program(*script(loop, way, body), environment=place.environment()) as case:
        case.expect("inside\n")
        case.signal(SIGTERM)
        end = case.end()
    assert end.stdout == "inside\ncancelled SIGTERM\n"
    assert (end.status, end.stderr) == (-SIGTERM, "")


@both
@ways
def test_c11_a_deadline_cancels_the_task(loop: str, way: str, place: Place) -> None:
    body = """
    async def main():
        began = time.monotonic()
        try:
            async with ShutdownProtection(1):
                began = time.monotonic()
                say("inside")
                await asyncio.sleep(60)
                say("slept")
        finally:
            say("never before", time.monotonic() - began >= 1)
    run(main())
    """
    with program(*script(loop, way, body), environment=place.environment()) as case:
        case.expect("inside\n")
        case.signal(SIGTERM)
        end = case.end()
    assert end.stdout == "inside\nnever before True\n"
    assert (end.status, end.stderr) == (-SIGTERM, "")


@both
@ways
@signals
def test_c3_an_idle_loop_is_ended_at_once(loop: str, way: str, signum: int, place: Place) -> None:
    body = """
    configure_shutdown_manager()
    async def main():
        say("idle")
        try:
            await asyncio.Event().wait()
        finally:
            say("rolled back")
    run(main())
    """
    with program(*script(loop, way, body), environment=place.environment()) as case:
        case.expect("idle\n")
        case.signal(signum)
        end = case.end()
    assert end.stdout == "idle\nrolled back\n"
    assert end.status == -signum
    assert end.stderr == "" or signum == SIGINT


@both
@ways
def test_c17_a_signal_in_the_main_tasks_last_step(loop: str, way: str, place: Place) -> None:
    """As uvicorn does: it puts back what stood before, and raises what it had taken."""
    body = """
    configure_shutdown_manager()
    async def main():
        signal.signal(signal.SIGTERM, signal.getsignal(signal.SIGTERM))
        await asyncio.get_running_loop().run_in_executor(None, time.sleep, 0.1)
        signal.raise_signal(signal.SIGTERM)
    run(main())
    say("torn")
    """
    with program(*script(loop, way, body), environment=place.environment()) as case:
        end = case.end()
    assert (end.stdout, end.stderr, end.status) == ("", "", -SIGTERM)


@both
@ways
@signals
def test_c27_the_loops_own_handler_is_what_happens(loop: str, way: str, signum: int, place: Place) -> None:
    """`loop.add_signal_handler`, before the first block: called once for each event, after the block."""
    body = """
    async def main():
        stop = asyncio.Event()
        def told():
            say("told")
            stop.set()
        asyncio.get_running_loop().add_signal_handler(int(sys.argv[1]), told)
        async with ShutdownProtection(60):
            say("inside")
            while not GO.exists():
                await asyncio.sleep(0.01)
            say("done")
        await stop.wait()
        async with ShutdownProtection(60):
            say("a new block starts")
    run(main())
    say("end")
    """
    with program(*script(loop, way, body), str(int(signum)), environment=place.environment()) as case:
        case.expect("inside\n")
        case.signal(signum)
        place.go()
        end = case.end()
    assert end.stdout == "inside\ndone\ntold\na new block starts\nend\n"
    assert (end.status, end.stderr) == (0, "")


@both
def test_c26_the_runner_is_usable_after_an_interrupt(loop: str, place: Place) -> None:
    body = """
    async def work(number):
        async with ShutdownProtection(60) as block:
            say("inside", number)
            while True:
                await asyncio.sleep(0.01)
                block.allow_break()

    for number in range(5):
        try:
            run(work(number))
        except KeyboardInterrupt:
            say("interrupted", number)
    say("end")
    """
    with program(*script(loop, "run", body), environment=place.environment()) as case:
        for number in range(5):
            case.expect(f"inside {number}\n")
            case.signal(SIGINT)
            case.expect(f"interrupted {number}\n")
        end = case.end()
    assert end.stdout.endswith("interrupted 4\nend\n")
    assert (end.status, end.stderr) == (0, "")
