"""What the figures were measured on, and which versions."""

from __future__ import annotations

import os
import platform
from pathlib import Path

from contestants import Sites


def _line(path: str, start: str = "") -> str:
    try:
        lines = Path(path).read_text().splitlines()
    except OSError:
        return "unknown"
    return next((line.removeprefix(start).strip(" \t:") for line in lines if line.startswith(start)), "unknown")


def facts(sites: Sites, short: bool) -> str:
    wheels = ", ".join(path.name.split("-cp")[0].split("-py")[0] for path in sites.wheels.values())
    facts = [
        f"Processor: {_line('/proc/cpuinfo', 'model name')}, {len(os.sched_getaffinity(0))} visible to the process",
        f"Kernel: {platform.release()}",
        f"Load when the run began: {_line('/proc/loadavg')}",
        f"Interpreter: CPython {platform.python_version()}, built by {platform.python_compiler()}",
        f"Packages: {wheels}",
        f"Effort: {'short' if short else 'full'}",
        *(f"Not to be had here: {name}: {why}" for name, why in sites.missing.items()),
    ]
    return "".join(f"- {fact}\n" for fact in facts)
