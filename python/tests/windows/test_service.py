"""C4 and C15 in a service, started by the system's manager: the example of the package, as it stands."""

from __future__ import annotations

import os
import re
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from .program import WATCHDOG

EXAMPLE = Path(__file__).parents[2] / "examples" / "windows_service.py"
DATABASE_LOCKED = 1055


def sc(*words: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(["sc.exe", *words], stdin=subprocess.DEVNULL, capture_output=True, text=True, check=False)


def start(service: str) -> bool:
    """False: another one is being started."""
    started = sc("start", service)
    assert started.returncode in (0, DATABASE_LOCKED), started
    return started.returncode == 0


def until(condition: Callable[[], bool], what: str) -> None:
    end = time.monotonic() + WATCHDOG
    while not condition():
        assert time.monotonic() < end, f"the watchdog has bitten: {what}"
        time.sleep(0.05)


@pytest.fixture
def service(tmp_path: Path) -> Iterator[str]:
    name = f"shutdown-protection-test-{os.getpid()}-{time.monotonic_ns()}"
    words = [sys.executable, str(EXAMPLE), str(tmp_path / "ledger.txt")]
    created = sc("create", name, "binPath=", subprocess.list2cmdline(words))
    assert created.returncode == 0, created
    yield name
    sc("stop", name)
    sc("delete", name)


def test_c4_c15_a_transfer_is_finished_before_the_service_stops(service: str, tmp_path: Path) -> None:
    ledger = tmp_path / "ledger.txt"

    def lines() -> list[str]:
        return ledger.read_text().splitlines() if ledger.exists() else []

    def says(state: int, code: int) -> bool:
        said = sc("query", service).stdout
        return re.findall(r"(?:STATE|WIN32_EXIT_CODE) *: (\d+)", said) == [str(state), str(code)]

    until(lambda: start(service), "no service may be started")
    until(lambda: len(lines()) % 2 == 1, "no transfer begins")
    stop = sc("stop", service)
    assert stop.returncode == 0, stop
    until(lambda: says(1, 0), "it does not stop in peace")
    assert lines() == ["row written", "receipt moved"] * (len(lines()) // 2)
