"""A measurement in a process of its own, which prints what it found as JSON."""

from __future__ import annotations

import json
import subprocess
import sys
from typing import Any

from contestants import Sites


def run(sites: Sites, name: str | None, script: str, *arguments: object, limit: float = 120) -> Any:
    """Of a script that ends by a signal or an exception, what it printed counts."""
    command = [sys.executable, "-c", script, *map(str, arguments)]
    done = subprocess.run(
        command,
        capture_output=True,
        text=True,
        timeout=limit,
        env=sites.environment(name),
        stdin=subprocess.DEVNULL,
        check=False,
    )
    if not done.stdout:
        raise RuntimeError(f"{name}: {done.stderr.strip().splitlines()[-1:] or done.returncode}")
    return json.loads(done.stdout)
