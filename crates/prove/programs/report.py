"""The tables, and what they were measured on."""

from __future__ import annotations

import os
import platform
from importlib.metadata import version
from pathlib import Path

from child import SIGNALS
from sites import Program
from tabulate import tabulate
from tally import Tally


def _line(path: str, start: str = "") -> str:
    try:
        lines = Path(path).read_text().splitlines()
    except OSError:
        return "unknown"
    return next((line.removeprefix(start).strip(" \t:") for line in lines if line.startswith(start)), "unknown")


def facts(seed: str, short: bool) -> str:
    told = [
        f"Processor: {_line('/proc/cpuinfo', 'model name')}, {len(os.sched_getaffinity(0))} visible to the process",
        f"Kernel: {platform.release()}",
        f"Load when the run began: {_line('/proc/loadavg')}",
        f"Interpreter: CPython {platform.python_version()}; graceful-shutdown {version('graceful-shutdown')}",
        f"Effort: {'short' if short else 'full'}; seed {seed} (the same moments again: `PROVE_SEED={seed}`)",
    ]
    return "".join(f"- {fact}\n" for fact in told)


def section(program: Program, unprotected: Tally, protected: Tally) -> str:
    halves = (unprotected, protected)
    rows = [
        ["runs", *(half.runs for half in halves)],
        *([f"{number.name} sent", *(half.sent[number] for half in halves)] for number in SIGNALS),
        [f"units completed ({program.unit})", *(half.units for half in halves)],
        ["**runs that left something torn**", *(half.torn for half in halves)],
        ["ended by a signal that was sent", *(sum(half.ended_by.values()) for half in halves)],
        ["ended with 0, all done", *(half.complete for half in halves)],
        ["ended in any other way: a wrong status", *(half.wrong for half in halves)],
        ["signal to end, p50", *(half.latency(0.5) for half in halves)],
        ["signal to end, p99", *(half.latency(0.99) for half in halves)],
        ["time taken", *(f"{half.seconds:.0f} s" for half in halves)],
    ]
    table = tabulate(rows, ["", "unprotected", "protected"], tablefmt="pipe", colalign=("left", "right", "right"))
    torn = next((failure for failure in unprotected.failures), None)
    example = "" if torn is None else f"\nWithout protection, for example: {torn.splitlines()[0]}.\n"
    return f"## {program.name}\n\n{program.about} ({program.versions()}).\n\n{table}\n{example}"


HEAD = """\
# Programs of other people's making, interrupted

Written by `cargo xtask prove programs`. Each program is a few lines on packages of PyPI, or on a crate, which are
installed as they are; the only thing that is added is a block around the loop, with a breakpoint after each unit of
work. It is started, sent a signal at a random moment, now and then a second one of any kind within 20 ms, and reaped;
what it left is looked at from outside; then it is started again and goes on from there. Nothing else holds the parts of
a unit together: the commits in two databases, the files of a tree, the files of a checkpoint.

Under protection nothing may be torn, nothing that was done may be undone, and each run must have died by a signal that
it was sent, as its parent sees it, or have finished. Without protection nothing is promised: that column shows that
there was something to lose, and that what looks for it finds it.

"Signal to end" is from the first signal until the process is gone: the rest of the unit, and the interpreter's way out.
On a busy machine most of it is waiting for a processor.
"""
