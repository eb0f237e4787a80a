"""C10, C14, C17: nothing is raised while `asyncio.run` winds a loop up; what rolls back then is not torn."""

import sys
from signal import SIGTERM

import pytest

from cases import check, run
from test_asyncio_tasks import LOOP, LOOPS, policy

WORK = (
    LOOP
    + """
async def beside():
    try:
        await asyncio.sleep(20)
    finally:
        say("rolls back")
        await asyncio.sleep(0.5)
        say("rolled back")
async def generated():
    try:
        while True:
            yield 1
    finally:
        say("rolls back")
        await asyncio.sleep(0.5)
        say("rolled back")
def within(work):
    try:
        with ShutdownProtection(0.3):
            work()
    finally:
        of(sys.exc_info()[1])
def in_thread(work):
    spawn(within, work)
    wait_for(open_blocks)
    kill(SIGTERM)
    wait(20)
    time.sleep(20)
"""
)

LEFT = {
    "a task": "task = asyncio.create_task(beside()); await asyncio.sleep(0.1)",
    "a generator": "global generator; generator = generated(); await anext_(generator); await asyncio.sleep(0.1)",
    "the executor": "asyncio.get_running_loop().run_in_executor(None, blocked); await asyncio.sleep(0.1)",
}


@pytest.mark.parametrize("loop", LOOPS)
@pytest.mark.parametrize("left", LEFT.values(), ids=LEFT.keys())
def test_c11_in_a_thread_whose_block_lapses_then(left: str, loop: str) -> None:
    if loop == "uvloop" and sys.version_info < (3, 11) and left != LEFT["a task"]:
        pytest.skip("there it cannot be seen: PLATFORM.md")
    end = run(f"""{WORK}{policy(loop)}
def anext_(generator):
    return generator.__anext__()
def blocked():
    say("rolls back")
    time.sleep(0.6)
    say("rolled back")
async def main():
    {left}
def work():
    asyncio.run(main())
    say("behind the loop")
    while True:
        time.sleep(0.001)
in_thread(work)
""")
    check(end, -SIGTERM, ["rolls back", "rolled back", "behind the loop", "told ShutdownInterrupt None None"])


def test_c10_an_own_error_of_a_thread_s_main_task_comes_behind_it() -> None:
    end = run(f"""{WORK}
async def main():
    task = asyncio.create_task(beside())
    try:
        await asyncio.sleep(20)
    except asyncio.CancelledError:
        raise LookupError("own") from None
in_thread(lambda: asyncio.run(main()))
""")
    check(end, -SIGTERM, ["rolls back", "rolled back", "told LookupError - -"], stderr="LookupError: own")


def test_c17_in_the_main_thread_an_event_that_comes_then() -> None:
    end = run(f"""{WORK}
configure_shutdown_manager()
async def main():
    task = asyncio.create_task(beside())
    asyncio.get_running_loop().call_later(0.3, kill, SIGTERM)
    await asyncio.sleep(0.1)
try:
    asyncio.run(main())
    say("behind the loop")
    time.sleep(20)
except BaseException as error:
    of(error)
    raise
""")
    assert [line for line in end.lines if line != "behind the loop"] == [
        "rolls back",
        "rolled back",
        "told SystemExit 143 SIGTERM",
    ]
    check(end, -SIGTERM)
