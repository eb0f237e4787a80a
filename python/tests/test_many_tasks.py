"""100,000 tasks with a block each: what one event and one break cost does not grow with their number."""

import textwrap
from signal import SIGTERM

import pytest

import victim
from cases import check, numbers, run

CASE = """
import asyncio
N = 100_000

async def work(go):
    async with ShutdownProtection(60) as block:
        await go.wait()
        block.allow_break()

def taken():
    began = time.perf_counter()
    signal.raise_signal(SIGTERM)
    while not is_shutdown_requested():
        pass
    return time.perf_counter() - began

async def main():
    go = asyncio.Event()
    began = time.perf_counter()
    tasks = [asyncio.ensure_future(work(go)) for _ in range(N)]
    await asyncio.sleep(0)
    opening = time.perf_counter() - began
    fastest = taken()
    for _ in range(20):
        time.sleep(0.005)
        cancel_shutdown()
        fastest = min(fastest, taken())
    say("taken", fastest)
    go.set()
    began = time.perf_counter()
    try:
        await asyncio.gather(*tasks, return_exceptions=True)
    finally:
        say("ratio", (time.perf_counter() - began) / opening)
        say("broken", sum(task.cancelled() for task in tasks))

asyncio.run(main())
"""


def test_c1_c9_100_000_tasks_break_one_after_another(monkeypatch: pytest.MonkeyPatch) -> None:
    # To open them takes seconds by itself.
    monkeypatch.setattr(victim, "WATCHDOG", 90.0)
    end = run(textwrap.dedent(CASE))
    check(end, -SIGTERM)
    assert end.lines[-1] == "broken 100000", end
    # The fastest of 21: the others tell what else the machine does.
    assert numbers(end.lines, "taken")[0] < 100e-6, end
    # With a look at all blocks for each break it is 45.
    assert numbers(end.lines, "ratio")[0] < 10, end
