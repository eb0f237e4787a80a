"""Entering and leaving a block, and passing a breakpoint, while nothing is pending."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Callable
from contextlib import ExitStack
from dataclasses import asdict
from typing import IO

from contestants import BY_HAND, CLASS, OURS, PYO3, Contestant, Sites
from page import Page, figure, median, quantile, times

TITLES = {"fresh": "A new object for each block", "reused": "One object, entered again", "allow_break": "allow_break()"}
OPERATIONS = list(TITLES)

WORKER = """
import json, sys, time
asked = json.loads(sys.argv[1])
names = {}
exec(asked["setup"], names)
def runner(statement, around):
    source = "def run(count):\\n from itertools import repeat\\n from time import perf_counter_ns as now\\n"
    loop = f"began = now()\\n  for _ in repeat(None, count):\\n   {statement}\\n"
    exec(source + around + "\\n  " + loop + "  return (now() - began) / count\\n", names)
    return names["run"]
around = {
    "fresh": " if True:",
    "reused": " block = Block(4)\\n if True:",
    "allow_break": " with Block(4) as block:",
}
runners = {name: runner(asked[name], around[name]) for name in around if asked[name]}
print("ready", flush=True)
for line in sys.stdin:
    name, count = line.split()
    print(runners[name](int(count)), flush=True)
"""


class Worker:
    def __init__(self, sites: Sites, contestant: Contestant, stack: ExitStack) -> None:
        self.contestant = contestant
        command = [sys.executable, "-c", WORKER, json.dumps(asdict(contestant))]
        pipe = subprocess.PIPE
        process = subprocess.Popen(command, stdin=pipe, stdout=pipe, text=True, env=sites.environment(contestant.name))
        stack.callback(process.wait)
        stack.callback(process.kill)
        assert process.stdin is not None and process.stdout is not None
        self.process = process
        self.stdin: IO[str] = process.stdin
        self.stdout: IO[str] = process.stdout
        if self.stdout.readline() != "ready\n":
            raise RuntimeError(f"{contestant.name} does not run")

    def can(self, operation: str) -> bool:
        return getattr(self.contestant, operation) is not None

    def run(self, operation: str, count: int) -> float:
        self.stdin.write(f"{operation} {count}\n")
        self.stdin.flush()
        return float(self.stdout.readline())


def measure(sites: Sites, page: Page, short: bool) -> None:
    rounds = 60 if short else 400
    samples: dict[tuple[str, str], list[float]] = {}
    with ExitStack() as stack:
        workers = [Worker(sites, contestant, stack) for contestant in sites.here()]
        # One processor for all, so that the ratios are of one.
        for worker in workers:
            os.sched_setaffinity(worker.process.pid, {max(os.sched_getaffinity(0))})
            # The first block installs the handlers.
            worker.run("fresh", 10_000)
        # As many as take about half a millisecond.
        counts = {
            (worker.contestant.name, operation): max(10, int(5e5 / worker.run(operation, 1_000)))
            for worker in workers
            for operation in OPERATIONS
            if worker.can(operation)
        }
        for _ in range(rounds):
            for operation in OPERATIONS:
                for worker in workers:
                    key = (worker.contestant.name, operation)
                    if key in counts:
                        samples.setdefault(key, []).append(worker.run(operation, counts[key]))

    def ratio(name: str, operation: str, floor: str, floor_operation: str) -> float:
        # Round by round: a machine that gets slower for a while slows both.
        return median([a / b for a, b in zip(samples[name, operation], samples[floor, floor_operation], strict=True)])

    for number, operation in enumerate(OPERATIONS, 1):
        rows = []
        for worker in workers:
            name = worker.contestant.name
            if (name, operation) in samples:
                taken = samples[name, operation]
                cells = [figure(median(taken)), figure(quantile(taken, 0))]
                ratios = [times(ratio(name, operation, floor, operation)) for floor in (PYO3, BY_HAND)]
                rows.append([f"**{name}**" if name == OURS else name, *cells, *ratios])
        text = (
            f"Nanoseconds, {rounds} rounds in which all take turns, with the loop around it; the ratios are medians "
            "of the round-by-round ratios. Both classes that do nothing are native: made by PyO3 for the stable "
            "interface, and by hand."
        )
        header = [TITLES[operation], "median ns", "best ns", "to PyO3's nothing", "to C's nothing"]
        page.section(f"{number}. {TITLES[operation]}", text, header, rows)
    judge(page, ratio, {operation: median(samples[OURS, operation]) for operation in OPERATIONS})


def judge(page: Page, ratio: Callable[[str, str, str, str], float], ours: dict[str, float]) -> None:
    """The aims in nanoseconds are of a machine on which PyO3's class takes 249 and its least call 26."""
    for what, operation, floor, aim, worst, of in [
        ("with ShutdownProtection(4)", "fresh", "fresh", 180, 260, 249),
        ("the same object again", "reused", "fresh", 95, 120, 249),
        ("allow_break()", "allow_break", "allow_break", 17, 28, 26),
    ]:
        value = ratio(OURS, operation, PYO3, floor)
        said = (
            f"at most {times(aim / of)} PyO3's nothing ({aim} ns where that is {of}), {times(worst / of)} at the worst"
        )
        page.judge(what, said, f"{times(value)} ({figure(ours[operation])} ns)", value, aim / of, worst / of)
    value = ratio(OURS, "fresh", CLASS, "fresh")
    limit, bound = 180 / 320, 260 / 320
    said = f"at most {times(limit)}, {times(bound)} at the worst"
    page.judge("the first beside a Python class", said, times(value), value, limit, bound)
