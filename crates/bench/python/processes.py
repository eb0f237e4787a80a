"""From `kill` to the moment at which the parent has reaped the process."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time

from contestants import ORIGINAL, OURS, Sites
from page import Page, figure, median, quantile

READY = "\nprint('ready', flush=True)\nimport time\ntime.sleep(60)\n"
BARE = "Python, a handler that exits"
SCRIPTS = {
    BARE: "import signal, sys\nsignal.signal(signal.SIGTERM, lambda *event: sys.exit(1))",
    OURS: "import graceful_shutdown\ngraceful_shutdown.configure_shutdown_manager()",
    ORIGINAL: "import graceful_shutdown\ngraceful_shutdown.configure_shutdown_manager()",
}


def _reaped(sites: Sites, name: str) -> float:
    command = [sys.executable, "-c", SCRIPTS[name] + READY]
    environment = sites.environment(None if name == BARE else name)
    with subprocess.Popen(command, stdout=subprocess.PIPE, env=environment) as process:
        assert process.stdout is not None
        if process.stdout.readline() != b"ready\n":
            raise RuntimeError(f"{name} does not run")
        # It sleeps by then.
        time.sleep(0.02)
        began = time.perf_counter()
        os.kill(process.pid, signal.SIGTERM)
        _, status = os.waitpid(process.pid, 0)
        taken = time.perf_counter() - began
        process.returncode = status
    return taken * 1e3


def measure(sites: Sites, page: Page, short: bool) -> None:
    samples: dict[str, list[float]] = {name: [] for name in SCRIPTS if name not in sites.missing}
    rounds = 10 if short else 60
    for _ in range(rounds):
        for name, taken in samples.items():
            taken.append(_reaped(sites, name))
    rows = []
    for name, taken in samples.items():
        more = [a - b for a, b in zip(taken, samples[BARE], strict=True)]
        rows.append([name, figure(median(taken)), figure(quantile(taken, 0.9)), figure(median(more))])
        if name == OURS:
            said = f"{figure(median(more))} ms more"
            page.judge("kill to reaped", "within 1 ms of bare Python", said, median(more), 1)
    text = (
        f"A program that sleeps without a block; {rounds} rounds in which they take turns. The last column: medians of "
        "the differences."
    )
    page.section("7. From kill to reaped", text, ["program", "p50 ms", "p90 ms", "more than bare, ms"], rows)
