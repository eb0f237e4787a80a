"""C9 to C17 with uvloop, whose loop sleeps in C: where it is installed."""

from signal import SIGINT, SIGTERM

import pytest

from cases import check, numbers
from test_asyncio_tasks import case

pytest.importorskip("uvloop")

UV = "import asyncio, uvloop\nasyncio.set_event_loop_policy(uvloop.EventLoopPolicy())\n"


@pytest.mark.parametrize("signum", [SIGINT, SIGTERM])
def test_c3_c17_the_main_task_is_cancelled(signum: int) -> None:
    end = case(
        UV
        + f"""
configure_shutdown_manager()
async def main():
    say(type(asyncio.get_running_loop()).__module__)
    asyncio.get_running_loop().call_later(0.05, kill, {signum})
    try:
        await asyncio.sleep(30)
    finally:
        await asyncio.sleep(0.01)
        say("rolled back")
try:
    asyncio.run(main())
except BaseException as error:
    of(error)
    os._exit(5)
"""
    )
    told = "told KeyboardInterrupt - SIGINT" if signum == SIGINT else "told SystemExit 143 SIGTERM"
    check(end, 5, ["uvloop", "rolled back", told])


def test_c9_c10_breakpoints_and_ends() -> None:
    end = case(
        UV
        + """
async def main(how):
    async with ShutdownProtection(20) as block:
        await pended(SIGINT)
        await asyncio.sleep(0.02)
        say("inside")
        if how:
            block.allow_break()
    say("not reached")
for how in (True, False):
    try:
        asyncio.run(main(how))
    except KeyboardInterrupt as error:
        of(error)
"""
    )
    check(end, 0, ["inside", "told KeyboardInterrupt - SIGINT"] * 2)


def test_c11_deadlines() -> None:
    end = case(
        UV
        + """
async def main():
    entered = time.monotonic()
    try:
        async with ShutdownProtection(0.2):
            kill(SIGINT)
            await asyncio.sleep(30)
    finally:
        say("late", time.monotonic() - entered - 0.2)
for _ in range(4):
    try:
        asyncio.run(main())
    except KeyboardInterrupt as error:
        pass
"""
    )
    late = numbers(end.lines, "late")
    assert len(late) == 4 and min(late) >= 0 and min(late) < 0.05 and max(late) < 2, end
    assert end.status == 0 and not end.stderr, end


def test_c18_blocks_of_threads_are_waited_for() -> None:
    end = case(
        UV
        + """
entered = threading.Event()
def work():
    with ShutdownProtection(20):
        entered.set()
        wait(20)
        time.sleep(0.2)
        say("saved")
async def main():
    spawn(work)
    entered.wait()
    kill(SIGTERM)
    try:
        await asyncio.sleep(20)
    finally:
        say("main")
asyncio.run(main())
"""
    )
    check(end, -SIGTERM, ["saved", "main"])


@pytest.mark.parametrize("when", ["before", "after"])
def test_c27_c8_a_handler_of_the_loop(when: str) -> None:
    end = case(
        UV
        + f"""
async def main():
    loop, stop = asyncio.get_running_loop(), asyncio.Event()
    if {when == "after"}:
        configure_shutdown_manager()
    loop.add_signal_handler(SIGTERM, lambda: (say("theirs"), stop.set()))
    async with ShutdownProtection(20) as block:
        kill(SIGTERM)
        await asyncio.sleep(0.05)
        say("block", is_shutdown_requested())
        block.allow_break()
    await stop.wait()
    say("served")
asyncio.run(main())
"""
    )
    assert end.lines[-1] == "served" and "theirs" in end.lines and "block False" in end.lines, end
    assert end.status == 0, end
