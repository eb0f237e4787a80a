"""C14, C15, C17 in asyncio: who is told to stop does not take the open blocks of other tasks along."""

import sys
from signal import SIGTERM

import pytest

from cases import check, numbers, run
from test_asyncio_tasks import LOOP, LOOPS, policy

WORK = (
    LOOP
    + """
async def long():
    async with ShutdownProtection(20):
        try:
            while not is_shutdown_requested():
                await asyncio.sleep(0.001)
            await asyncio.sleep(0.4)
            say("whole")
        except asyncio.CancelledError:
            say("torn")
            raise
async def short():
    async with ShutdownProtection(20):
        while not is_shutdown_requested():
            await asyncio.sleep(0.001)
def in_thread():
    with ShutdownProtection(20):
        while not is_shutdown_requested():
            time.sleep(0.001)
def lapses():
    with ShutdownProtection(0.2):
        while True:
            time.sleep(0.001)
def later():
    asyncio.get_running_loop().call_later(0.1, kill, SIGTERM)
def left(loop):
    say("left", "stop" in vars(loop))
"""
)

MAINS = {
    "gather": "await asyncio.gather(long(), short())",
    "as_completed": """
    for done in asyncio.as_completed([long(), short()]):
        await done""",
    "a child is awaited": """
    beside = asyncio.create_task(long())
    await asyncio.create_task(short())""",
    "a block of its own": """
    beside = asyncio.create_task(long())
    await asyncio.sleep(0)
    async with ShutdownProtection(20) as block:
        while True:
            await asyncio.sleep(0.01)
            block.allow_break()""",
    "a block that lapses": """
    beside = asyncio.create_task(long())
    await asyncio.sleep(0)
    async with ShutdownProtection(0.2):
        await asyncio.sleep(20)""",
    "a start that is refused": """
    beside = asyncio.create_task(long())
    while not is_shutdown_requested():
        await asyncio.sleep(0.001)
    async with ShutdownProtection(20):
        say("not reached")""",
    "to_thread": "await asyncio.gather(long(), asyncio.to_thread(in_thread))",
    "a thread is awaited": """
    beside = asyncio.create_task(long())
    await asyncio.to_thread(in_thread)""",
    "a thread lapses": "await asyncio.gather(long(), asyncio.to_thread(lapses))",
    "a future of a thread": """
    await asyncio.gather(asyncio.get_running_loop().run_in_executor(None, in_thread), long())""",
}


@pytest.mark.parametrize("loop", LOOPS)
@pytest.mark.parametrize("main", MAINS.values(), ids=MAINS.keys())
def test_c14_what_ends_the_main_task_leaves_open_blocks_alone(main: str, loop: str) -> None:
    program = f"""
{policy(loop)}
async def main():
    global running
    running = asyncio.get_running_loop()
    later()
    {main}
    say("not reached")
try:
    asyncio.run(main())
finally:
    left(running)
"""
    check(run(WORK + program), -SIGTERM, ["whole", "left False"])


@pytest.mark.parametrize("loop", LOOPS)
@pytest.mark.parametrize("main", MAINS.values(), ids=MAINS.keys())
def test_c14_c17_so_in_a_thread_which_ends_quietly(main: str, loop: str) -> None:
    program = f"""
{policy(loop)}
async def main():
    global running
    running = asyncio.get_running_loop()
    {main}
    say("not reached")
def loop():
    try:
        asyncio.run(main())
    finally:
        left(running)
threading.Thread(target=loop).start()
while not open_blocks():
    time.sleep(0.001)
time.sleep(0.05)
kill(SIGTERM)
wait(20)
time.sleep(20)
"""
    end = run(WORK + program)
    if sys.version_info[:2] == (3, 12) and "thread" in main:
        # The loop ends its threads by one more, which this version does not start once the main thread has ended.
        assert (end.status, end.lines) == (-SIGTERM, ["whole", "left False"]), end
    else:
        check(end, -SIGTERM, ["whole", "left False"])


@pytest.mark.parametrize("how", ["block.allow_break()", "pass"])
@pytest.mark.parametrize("time", [20, 0.1])
def test_c17_a_thread_that_runs_a_loop_ends_quietly(how: str, time: float) -> None:
    end = run(f"""{LOOP}
async def work():
    async with ShutdownProtection({time}) as block:
        while not is_shutdown_requested() or {time} < 1:
            await asyncio.sleep(0.001)
        {how}
async def main():
    await asyncio.gather(work())
threading.Thread(target=asyncio.run, args=(main(),)).start()
while not open_blocks():
    time.sleep(0.001)
kill(SIGTERM)
wait(20)
time.sleep(20)
""")
    check(end, -SIGTERM, [])


def test_c17_a_cancellation_of_the_program_s_own_is_shown() -> None:
    end = run(f"""{LOOP}
async def main():
    async with ShutdownProtection(20):
        asyncio.current_task().cancel()
        await asyncio.sleep(20)
thread = threading.Thread(target=asyncio.run, args=(main(),))
thread.start()
thread.join()
""")
    check(end, 0, [], "CancelledError")


def test_c11_a_block_that_is_waited_for_lapses_at_its_own_deadline() -> None:
    end = run(f"""{WORK}
async def stays():
    began = time.monotonic()
    try:
        async with ShutdownProtection(0.7):
            await asyncio.sleep(30)
    finally:
        say("lapsed", time.monotonic() - began)
async def main():
    later()
    await asyncio.gather(stays(), short())
asyncio.run(main())
""")
    (lapsed,) = numbers(end.lines, "lapsed")
    assert 0.7 <= lapsed < 15, end
    check(end, -SIGTERM)


@pytest.mark.parametrize("loop", LOOPS)
def test_c15_c18_the_loop_goes_on_until_the_main_thread_is_told(loop: str) -> None:
    """A thread holds the end; the main task has broken already. What leaves the loop is the end, not that."""
    end = run(f"""{WORK}{policy(loop)}
def holds():
    with ShutdownProtection(20):
        while not is_shutdown_requested():
            time.sleep(0.001)
        time.sleep(0.5)
        say("whole")
async def main():
    threading.Thread(target=holds).start()
    later()
    await short()
try:
    asyncio.run(main())
except BaseException as error:
    of(error)
    raise
""")
    check(end, -SIGTERM, ["whole", "told SystemExit 143 SIGTERM"])


def test_c4_c11_behind_the_loop_the_main_thread_s_own_block_has_its_time() -> None:
    end = run(f"""{WORK}
async def main():
    later()
    async with ShutdownProtection(0.2):
        await asyncio.sleep(20)
with ShutdownProtection(20):
    try:
        asyncio.run(main())
    except asyncio.CancelledError:
        say("behind the loop")
""")
    check(end, -SIGTERM, ["behind the loop"])
    assert end.seconds < 15, end


def test_c10_a_task_s_end_that_leaves_the_main_thread_s_own_block_is_the_end() -> None:
    end = run(f"""{WORK}
async def main():
    later()
    async with ShutdownProtection(0.2):
        await asyncio.sleep(20)
try:
    with ShutdownProtection(20):
        asyncio.run(main())
except BaseException as error:
    of(error)
    raise
""")
    check(end, -SIGTERM, ["told SystemExit 143 SIGTERM"])


def test_c17_a_program_s_own_stop_is_not_put_off() -> None:
    """The main task lives on behind its break: what ends the loop is the program."""
    end = run(f"""{WORK}
loop = asyncio.new_event_loop()
async def main():
    later()
    try:
        await short()
    except asyncio.CancelledError:
        loop.call_later(0.2, loop.stop)
    await asyncio.sleep(20)
try:
    loop.run_until_complete(main())
except RuntimeError:
    say("stopped")
    raise
""")
    assert end.lines == ["stopped"] and end.seconds < 15, end


def test_c26_behind_a_cancelled_shutdown_the_main_task_is_told_anew() -> None:
    end = run(f"""{WORK}
async def main():
    later()
    try:
        await short()
    except asyncio.CancelledError:
        cancel_shutdown()
    await asyncio.sleep(0.2)
    say("lives on")
    later()
    await asyncio.sleep(20)
asyncio.run(main())
""")
    check(end, -SIGTERM, ["lives on"])
    assert end.seconds < 15, end


def test_c5_the_last_attempt_does_not_wait() -> None:
    end = run(f"""{WORK}
configure_shutdown_manager(max_attempts=2)
async def stays():
    async with ShutdownProtection(60):
        await asyncio.sleep(60)
async def main():
    later()
    beside = asyncio.create_task(stays())
    asyncio.get_running_loop().call_later(0.4, kill, SIGTERM)
    await short()
asyncio.run(main())
""")
    check(end, -SIGTERM, [])
    assert end.seconds < 30, end


@pytest.mark.parametrize("loop", LOOPS)
def test_c26_a_cancelled_shutdown_lets_the_loop_end(loop: str) -> None:
    end = run(f"""{WORK}{policy(loop)}
async def stays():
    async with ShutdownProtection(20):
        try:
            await asyncio.sleep(0.5)
            cancel_shutdown()
            await asyncio.sleep(19)
        finally:
            say("cancelled by asyncio.run", is_shutdown_requested())
async def main():
    global running
    running = asyncio.get_running_loop()
    later()
    beside = asyncio.create_task(stays())
    await short()
try:
    asyncio.run(main())
except asyncio.CancelledError:
    say("told")
left(running)
""")
    check(end, 0, ["cancelled by asyncio.run False", "told", "left False"])


@pytest.mark.parametrize("loop", LOOPS)
def test_c26_a_loop_that_was_held_runs_anew(loop: str) -> None:
    end = run(f"""{WORK}{policy(loop)}
loop = asyncio.new_event_loop()
async def main():
    later()
    beside = loop.create_task(long())
    await short()
for number in range(3):
    try:
        loop.run_until_complete(main())
    except SystemExit:
        say("told", cancel_shutdown())
    loop.run_until_complete(asyncio.sleep(0.1))
    left(loop)
loop.close()
""")
    assert [line.split()[0] for line in end.lines] == ["whole", "told", "left"] * 3, end
    assert "left True" not in end.lines, end
    check(end, 0)


def test_c17_a_pool_s_future_raises_what_the_thread_has_met() -> None:
    end = run(f"""{WORK}
import concurrent.futures, pickle
pool = concurrent.futures.ThreadPoolExecutor()
def work():
    try:
        in_thread()
    except ShutdownInterrupt as error:
        of(error)
        raise
with ShutdownProtection(20):
    future = pool.submit(work)
    while len(open_blocks()) < 2:
        time.sleep(0.001)
    kill(SIGTERM)
    error = future.exception()
    say(isinstance(error, SystemExit), isinstance(error, ShutdownInterrupt), error.code)
    say(pickle.loads(pickle.dumps(type(error))) is type(error))
""")
    check(end, -SIGTERM, ["told ShutdownInterrupt 143 SIGTERM", "True True 143", "True"])


if sys.version_info >= (3, 11):

    def test_c14_a_task_group_waits_for_its_tasks() -> None:
        end = run(f"""{WORK}
async def main():
    later()
    async with asyncio.TaskGroup() as group:
        group.create_task(long())
        group.create_task(short())
        group.create_task(asyncio.to_thread(in_thread))
asyncio.run(main())
""")
        check(end, -SIGTERM, ["whole"])
