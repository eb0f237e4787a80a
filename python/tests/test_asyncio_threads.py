"""C11, C14 in asyncio: a block of a thread around a loop that runs there. The loop tells it, between two steps."""

from signal import SIGTERM

import pytest

from cases import check, numbers, run
from test_asyncio_tasks import LOOP, LOOPS, policy

THREAD = (
    LOOP
    + """
async def busy():
    while True:
        await asyncio.sleep(0)
def start(loop):
    def block():
        try:
            with ShutdownProtection(0.2):
                began = time.monotonic()
                loop()
        finally:
            of(sys.exc_info()[1])
            say("after", time.monotonic() - began)
    threading.Thread(target=block).start()
    while not open_blocks():
        time.sleep(0.001)
def end():
    kill(SIGTERM)
    wait(20)
    time.sleep(20)
"""
)


def told_after(lines: list[str]) -> tuple[float, list[str]]:
    (after,) = numbers(lines, "after")
    return after, [line for line in lines if not line.startswith("after")]


@pytest.mark.parametrize("loop", LOOPS)
def test_c11_the_main_task_is_cancelled_and_the_loop_left(loop: str) -> None:
    end = run(f"""{THREAD}{policy(loop)}
async def main():
    beside = [asyncio.create_task(busy()) for _ in range(20)]
    try:
        await asyncio.sleep(20)
    except asyncio.CancelledError:
        await asyncio.sleep(0.1)
        say("rolled back")
        raise
start(lambda: asyncio.run(main()))
end()
""")
    after, lines = told_after(end.lines)
    assert lines == ["rolled back", "told ShutdownInterrupt 143 SIGTERM"]
    assert 0.3 <= after < 15
    check(end, -SIGTERM)


def test_c11_so_without_asyncio_run() -> None:
    end = run(f"""{THREAD}
async def main():
    beside = [asyncio.create_task(busy()) for _ in range(20)]
    await asyncio.sleep(20)
start(lambda: asyncio.new_event_loop().run_until_complete(main()))
end()
""")
    _, lines = told_after(end.lines)
    # Where the tasks beside go, asyncio says that they were pending.
    assert (end.status, lines) == (-SIGTERM, ["told ShutdownInterrupt 143 SIGTERM"]), end


def test_c11_so_a_loop_that_runs_for_ever() -> None:
    end = run(f"""{THREAD}
def forever():
    loop = asyncio.new_event_loop()
    tasks = [loop.create_task(busy()) for _ in range(20)]
    try:
        loop.run_forever()
    finally:
        for task in tasks:
            task.cancel()
        loop.run_until_complete(asyncio.gather(*tasks, return_exceptions=True))
        loop.close()
start(forever)
end()
""")
    _, lines = told_after(end.lines)
    assert lines == ["told ShutdownInterrupt 143 SIGTERM"]
    check(end, -SIGTERM)


@pytest.mark.parametrize("loop", LOOPS)
def test_c14_open_blocks_of_the_loop_s_tasks_are_waited_for(loop: str) -> None:
    end = run(f"""{THREAD}{policy(loop)}
async def long():
    async with ShutdownProtection(20):
        try:
            await asyncio.sleep(0.6)
            say("whole")
        except asyncio.CancelledError:
            say("torn")
            raise
async def main():
    beside = asyncio.create_task(long())
    await asyncio.sleep(20)
start(lambda: asyncio.run(main()))
end()
""")
    after, lines = told_after(end.lines)
    assert lines == ["whole", "told ShutdownInterrupt 143 SIGTERM"]
    assert 0.6 <= after < 15
    check(end, -SIGTERM)


def test_c10_an_own_error_of_the_main_task_is_not_lost() -> None:
    end = run(f"""{THREAD}
async def main():
    try:
        await asyncio.sleep(20)
    except asyncio.CancelledError:
        raise LookupError("own") from None
start(lambda: asyncio.run(main()))
end()
""")
    _, lines = told_after(end.lines)
    assert lines == ["told LookupError - -"]
    check(end, -SIGTERM, stderr="LookupError: own")


def test_c11_behind_a_loop_that_ends_meanwhile_the_thread_is_told() -> None:
    """What the loop was asked for, when the deadline came, is not lost with it."""
    end = run(f"""{THREAD}
def step(loop):
    time.sleep(0.5)
    loop.stop()
def loop():
    loop = asyncio.new_event_loop()
    loop.call_soon(step, loop)
    loop.run_forever()
    say("behind the loop")
    loop.close()
    while True:
        time.sleep(0.001)
start(loop)
end()
""")
    _, lines = told_after(end.lines)
    assert lines == ["behind the loop", "told ShutdownInterrupt None None"]
    check(end, -SIGTERM)


def test_c11_loops_one_after_the_other() -> None:
    end = run(f"""{THREAD}
async def nothing():
    await asyncio.sleep(0)
def loop():
    while True:
        asyncio.run(nothing())
start(loop)
end()
""")
    _, lines = told_after(end.lines)
    assert (end.status, lines[0].split()[:2]) == (-SIGTERM, ["told", "ShutdownInterrupt"]), end


def test_c11_a_block_within_a_callback_is_interrupted_there() -> None:
    end = run(f"""{LOOP}
import contextlib
def call():
    try:
        with ShutdownProtection(0.2):
            while True:
                time.sleep(0.001)
    finally:
        of(sys.exc_info()[1])
def loop():
    with contextlib.closing(asyncio.new_event_loop()) as loop:
        loop.call_soon(call)
        loop.run_forever()
threading.Thread(target=loop).start()
while not open_blocks():
    time.sleep(0.001)
kill(SIGTERM)
wait(20)
time.sleep(20)
""")
    check(end, -SIGTERM, ["told ShutdownInterrupt None None"])


@pytest.mark.parametrize("ends", ["block.__exit__(None, None, None)", "cancel_shutdown(); block.renew(20)"])
def test_c11_what_is_not_due_any_more_is_not_told(ends: str) -> None:
    """The deadline passes while the loop's code keeps the interpreter from its callbacks."""
    end = run(f"""{LOOP}
def watch():
    while open_blocks() and open_blocks()[0].remaining > 0:
        time.sleep(0.001)
async def main():
    kill(SIGTERM)
    while not is_shutdown_requested():
        time.sleep(0.001)
    time.sleep(0.5)
    {ends}
    await asyncio.sleep(0.2)
    say("whole")
def loop():
    global block
    block = ShutdownProtection(0.2)
    block.__enter__()
    try:
        asyncio.run(main())
    finally:
        of(sys.exc_info()[1])
thread = threading.Thread(target=loop)
with ShutdownProtection(20):
    thread.start()
    thread.join()
    say("left", cancel_shutdown() if is_shutdown_requested() else "-")
""")
    assert end.lines[:2] == ["whole", "told NoneType - -"], end
    assert end.status == 0, end


def test_c11_a_thread_that_lives_on_is_told_again_when_its_block_lapses_again() -> None:
    end = run(f"""{THREAD}
def around():
    global block
    with ShutdownProtection(0.2) as block:
        asyncio.run(main())
async def main():
    try:
        await asyncio.sleep(20)
    except asyncio.CancelledError:
        block.renew(1.2)
    try:
        await asyncio.sleep(20)
    finally:
        say("again")
with ShutdownProtection(20):
    thread = spawn(around)
    wait_for(open_blocks)
    while len(open_blocks()) < 2:
        time.sleep(0.001)
    kill(SIGTERM)
    thread.join()
""")
    check(end, -SIGTERM, ["again"])
    assert end.seconds < 15, end


def test_c11_a_main_task_that_survives_its_own_block_s_deadline_is_told_at_the_thread_s() -> None:
    end = run(f"""{THREAD}
async def main():
    try:
        async with ShutdownProtection(0.1):
            await asyncio.sleep(20)
    except asyncio.CancelledError:
        say("swallowed")
    await asyncio.sleep(20)
start(lambda: asyncio.run(main()))
end()
""")
    after, lines = told_after(end.lines)
    assert lines == ["swallowed", "told ShutdownInterrupt 143 SIGTERM"]
    assert 0.2 <= after < 15
    check(end, -SIGTERM)


def test_c11_a_step_that_never_ends_is_interrupted_in_the_end() -> None:
    end = run(f"""{THREAD}
async def main():
    while True:
        time.sleep(0.001)
start(lambda: asyncio.run(main()))
end()
""")
    after, lines = told_after(end.lines)
    assert lines == ["told ShutdownInterrupt None None"]
    assert 0.2 <= after < 15
    check(end, -SIGTERM)


def test_c11_what_is_gathered_is_cancelled() -> None:
    end = run(f"""{THREAD}
async def child():
    try:
        await asyncio.sleep(20)
    finally:
        await asyncio.sleep(0.1)
        say("rolled back")
def gathered():
    loop = asyncio.new_event_loop()
    asyncio.set_event_loop(loop)
    try:
        loop.run_until_complete(asyncio.gather(loop.create_task(child()), loop.create_task(child())))
    finally:
        loop.close()
start(gathered)
end()
""")
    _, lines = told_after(end.lines)
    assert lines == ["rolled back", "rolled back", "told ShutdownInterrupt 143 SIGTERM"]
    check(end, -SIGTERM)


def test_c11_a_loop_that_runs_bare_on_uvloop() -> None:
    pytest.importorskip("uvloop")
    end = run(f"""{THREAD}
import uvloop
async def main():
    beside = [asyncio.create_task(busy()) for _ in range(20)]
    await asyncio.sleep(20)
start(lambda: uvloop.new_event_loop().run_until_complete(main()))
end()
""")
    # Where the tasks beside go, asyncio says that they were pending.
    _, lines = told_after(end.lines)
    assert (end.status, lines) == (-SIGTERM, ["told ShutdownInterrupt None None"]), end


def test_c20_what_the_thread_rolls_back_behind_its_loop_is_not_torn() -> None:
    end = run(f"""{THREAD}
async def main():
    await asyncio.sleep(20)
def work():
    try:
        asyncio.run(main())
    finally:
        until = time.monotonic() + 0.5
        while time.monotonic() < until:
            time.sleep(0.001)
        say("rolled back")
with ShutdownProtection(20):
    start(work)
    wait_for(lambda: len(open_blocks()) == 2)
    kill(SIGTERM)
    while len(open_blocks()) == 2:
        time.sleep(0.001)
""")
    _, lines = told_after(end.lines)
    assert lines == ["rolled back", "told ShutdownInterrupt 143 SIGTERM"]
    check(end, -SIGTERM)
