"""Work of a guest, imported by the programs under test: with the package, or, for comparison, without it.

`MODE` names what of it is used: "without" (it is not imported), "block", "configure", "configure+block".
"""

from __future__ import annotations

import asyncio
import contextlib
import os
import time
from pathlib import Path
from typing import Any

MODE = os.environ["MODE"]
GO = Path(os.environ["PLACE"]) / "go"

if MODE != "without":
    import graceful_shutdown

    if "configure" in MODE:
        graceful_shutdown.configure_shutdown_manager()


def say(*words: object) -> None:
    os.write(1, (" ".join(map(str, words)) + "\n").encode())


def protected() -> Any:
    return graceful_shutdown.ShutdownProtection(60) if "block" in MODE else contextlib.nullcontext()


def work() -> str:
    """Goes on until the test lets it, whatever signal comes in between."""
    with protected():
        say("inside", os.getpid())
        while not GO.exists():
            time.sleep(0.01)
        say("done")
    return "worked"


async def work_async() -> str:
    async with protected():
        say("inside", os.getpid())
        while not GO.exists():
            await asyncio.sleep(0.01)
        say("done")
    return "worked"
