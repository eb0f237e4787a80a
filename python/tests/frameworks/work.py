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

if "configure" in MODE:
    import graceful_shutdown

    graceful_shutdown.configure_shutdown_manager()


def say(*words: object) -> None:
    os.write(1, (" ".join(map(str, words)) + "\n").encode())


def protected() -> Any:
    if "block" not in MODE:
        return contextlib.nullcontext()
    from graceful_shutdown import ShutdownProtection

    return ShutdownProtection(60)


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
        while not GO.exists():  # noqa: ASYNC110 (the test makes a file)
            await asyncio.sleep(0.01)
        say("done")
    return "worked"
