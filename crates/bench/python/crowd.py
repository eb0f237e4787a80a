"""One signal among many open blocks."""

from __future__ import annotations

import child
from contestants import ORIGINAL, OURS, Sites
from page import Page, figure, median, quantile

COUNT = 100_000

THREAD = """
import json, signal, sys, time
from graceful_shutdown import *
now = time.perf_counter
blocks = [ShutdownProtection(3600) for _ in range(int(sys.argv[1]))]
began = now()
for block in blocks: block.__enter__()
opening = now() - began
found = []
for _ in range(int(sys.argv[2])):
    began = now()
    signal.raise_signal(signal.SIGTERM)
    while not is_shutdown_requested(): pass
    found.append((now() - began) * 1e6)
    time.sleep(0.02)
    cancel_shutdown()
print(json.dumps([found, opening * 1e9 / len(blocks), 0]), flush=True)
import os
os._exit(0)
"""

TASKS = """
import asyncio, json, os, signal, sys, time
from graceful_shutdown import *
now = time.perf_counter
async def work(go):
    async with ShutdownProtection(3600) as block:
        await go.wait()
        block.allow_break()
async def main(count):
    go = asyncio.Event()
    began = now()
    tasks = [asyncio.ensure_future(work(go)) for _ in range(count)]
    await asyncio.sleep(0)
    opening = now() - began
    found = []
    for index in range(int(sys.argv[2])):
        if index:
            time.sleep(0.02)
            cancel_shutdown()
        began = now()
        signal.raise_signal(signal.SIGTERM)
        while not is_shutdown_requested(): pass
        found.append((now() - began) * 1e6)
    go.set()
    began = now()
    try:
        await asyncio.gather(*tasks, return_exceptions=True)
    finally:
        print(json.dumps([found, opening * 1e9 / count, (now() - began) * 1e9 / count]), flush=True)
asyncio.run(main(int(sys.argv[1])))
"""

FORMER = """
import json, os, signal, sys, time
from graceful_shutdown import ShutdownProtection
from graceful_shutdown.manager import ProtectedBlock
now = time.perf_counter
blocks = [ShutdownProtection(3600) for _ in range(int(sys.argv[1]))]
began = now()
for block in blocks: block.__enter__()
opening = now() - began
found = []
for _ in range(int(sys.argv[2])):
    began = now()
    signal.raise_signal(signal.SIGTERM)
    found.append((now() - began) * 1e6)
    blocks[0]._prot_block.manager._attempts = 0
print(json.dumps([found, opening * 1e9 / len(blocks), 0]), flush=True)
os._exit(0)
"""


def measure(sites: Sites, page: Page, short: bool) -> None:
    rows = []
    signals = 20 if short else 60
    for what, name, script in [("blocks", OURS, THREAD), ("asyncio tasks", OURS, TASKS), ("blocks", ORIGINAL, FORMER)]:
        if name in sites.missing:
            continue
        found, opening, ending = child.run(sites, name, script, COUNT, signals, limit=180)
        ended = figure(ending) if ending else "-"
        rows.append([f"{what}: {name}", figure(median(found)), figure(quantile(found, 0.99)), figure(opening), ended])
        if name == OURS:
            measured = f"{figure(median(found))} us"
            page.judge(f"a signal among {COUNT:,} {what}, p50", "at most 100 us", measured, median(found), 100)
    text = (
        f"{signals} signals each with {COUNT:,} blocks open, microseconds from `raise_signal` to "
        "`is_shutdown_requested()`; of 0.1.2 to the end of its handler. Opening and breaking one after another, with "
        "what asyncio takes for a task: nanoseconds each."
    )
    header = [f"{COUNT:,} open", "p50 us", "p99 us", "open ns", "break ns"]
    page.section("6. One signal among many open blocks", text, header, rows)
