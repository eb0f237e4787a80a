"""C25: while nothing is pending, no thread of ours runs."""

from __future__ import annotations

import sys

import pytest

from cases import check, run

# The witness is the kernel's own count for each thread, which only Linux shows; a count of ours would be none.
pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="only Linux shows the context switches of each thread")

COUNTING = """
def switches():
    "Of all threads but the one that asks: how often each was given a processor."
    found = {}
    for task in os.listdir("/proc/self/task"):
        if int(task) != threading.get_native_id():
            with open(f"/proc/self/task/{task}/status") as status:
                found[task] = sum(int(line.split()[1]) for line in status if "ctxt_switches" in line)
    return found
def settle():
    "What a first block begins has been done when nobody ran for a moment."
    last = None
    def quiet():
        nonlocal last
        last, before = switches(), last
        time.sleep(0.05)
        return last == before
    wait_for(quiet)
def watch(idle):
    settle()
    before = switches()
    idle()
    say(len(before), "ran" if switches() != before else "idle")
"""


def test_c25_an_open_block_wakes_nobody() -> None:
    end = run(
        COUNTING
        + """
with ShutdownProtection(5):
    watch(lambda: time.sleep(1))
with ShutdownProtection(drain_time=5):
    watch(lambda: time.sleep(1))
watch(lambda: wait(1))
"""
    )
    check(end, 0, ["1 idle"] * 3)


def test_c25_tasks_and_threads_in_blocks_wake_nobody() -> None:
    end = run(
        COUNTING
        + """
import asyncio
go = threading.Event()
def work():
    with ShutdownProtection(60):
        go.wait()
async def task(inside):
    async with ShutdownProtection(60):
        inside.set()
        await asyncio.sleep(3600)
async def main():
    thread = spawn(work)
    inside = asyncio.Event()
    waiting = asyncio.ensure_future(task(inside))
    await inside.wait()
    wait_for(lambda: len(open_blocks()) == 2)
    settle()
    before = switches()
    await asyncio.sleep(1)
    say(len(before), "ran" if switches() != before else "idle")
    go.set()
    waiting.cancel()
    await asyncio.gather(waiting, return_exceptions=True)
    thread.join()
asyncio.run(main())
"""
    )
    check(end, 0, ["2 idle"])
