"""What an import costs: time, memory, modules, and the wheel."""

from __future__ import annotations

import child
from contestants import CYSIGNALS, ORIGINAL, OURS, PYO3, WINDDOWN, Sites
from page import Page, figure, median

IMPORT = """
import json, sys, time
def resident():
    with open("/proc/self/status") as status:
        return next(int(line.split()[1]) for line in status if line.startswith("VmRSS"))
resident()
modules, memory = set(sys.modules), resident()
began = time.perf_counter()
if sys.argv[1]: __import__(sys.argv[1])
taken = time.perf_counter() - began
print(json.dumps([taken * 1e3, resident() - memory, len(set(sys.modules) - modules)]))
"""

BARE = "nothing"
MODULES = {
    BARE: "",
    OURS: "graceful_shutdown",
    ORIGINAL: "graceful_shutdown",
    WINDDOWN: "winddown",
    CYSIGNALS: "cysignals.signals",
    PYO3: "bench_floor",
}


def measure(sites: Sites, page: Page, short: bool) -> None:
    present = [name for name in MODULES if name not in sites.missing]
    samples: dict[str, list[list[float]]] = {name: [] for name in present}
    rounds = 8 if short else 40
    # The first round fills the caches of files and of compiled modules.
    for index in range(rounds + 1):
        for name in present:
            found = child.run(sites, None if name == BARE else name, IMPORT, MODULES[name])
            if index:
                samples[name].append(found)
    rows = []
    for name in present:
        taken, memory, modules = (median([sample[column] for sample in samples[name]]) for column in range(3))
        wheel = sites.wheels.get(name)
        size = figure(wheel.stat().st_size / 1024) if wheel else "-"
        rows.append([name, figure(taken), figure(memory), str(int(modules)), size])
        if name == OURS:
            page.judge("import, p50", "at most 2 ms", f"{figure(taken)} ms", taken, 2)
            page.judge("memory of the import", "at most 1,024 KB", f"{figure(memory)} KB", memory, 1024)
            page.judge("new modules", "at most 5", str(int(modules)), modules, 5)
    text = (
        f"In a fresh process, {rounds} rounds in which they take turns: medians. Memory is the growth of the resident "
        "set, pages of the library's file among it. 0.1.2 depends on autoinject, which is not in the size of its wheel."
    )
    header = ["import of", "ms", "KB", "new modules", "wheel KB"]
    page.section("8. The import", text, header, rows)
