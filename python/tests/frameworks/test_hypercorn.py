"""C27 in hypercorn, whose handlers are those of the event loop (`loop.add_signal_handler`)."""

from __future__ import annotations

from dataclasses import dataclass
from signal import SIGINT, SIGTERM

import pytest

from program import Place, Request, module, program, wait_until_taken

pytest.importorskip("hypercorn", reason="hypercorn is not installed")

MODES = ["block", "configure", "configure+block"]


@dataclass(frozen=True)
class Outcome:
    answer: tuple[str, str]
    done: bool
    lifespan: bool
    status: int
    failed: bool


def outcome(mode: str, how: str, loop: str, workers: int, signum: int) -> Outcome:
    """Of a signal in mid-request."""
    place = Place()
    command = module("hypercorn", "--bind", f"unix:{place.socket}", "--workers", str(workers), "-k", loop)
    # Longer than the watchdog: what does not end by itself fails its test.
    limits = ["--graceful-timeout", "300"]
    with program(*command, *limits, "asgi:app", environment=place.environment(MODE=mode, HOW=how)) as hypercorn:
        request = Request(place.socket)
        pid = int(hypercorn.expect(r"inside (\d+)\n")[1])
        hypercorn.signal(signum)
        wait_until_taken(hypercorn.pid, signum)
        wait_until_taken(pid, signum)
        place.go()
        answer = request.answer()
        end = hypercorn.end()
    place.remove()
    return Outcome(
        answer, "done\n" in end.stdout, "lifespan over\n" in end.stdout, end.status, "Traceback" in end.stderr
    )


@pytest.mark.parametrize("signum", [SIGTERM, SIGINT])
@pytest.mark.parametrize("workers", [0, 1])
@pytest.mark.parametrize("how", ["async with", "thread"])
def test_c27_a_signal_in_mid_request_is_as_without_us(how: str, workers: int, signum: int) -> None:
    without = outcome("without", how, "asyncio", workers, signum)
    assert without.answer == ("200", "worked")
    for mode in MODES:
        assert outcome(mode, how, "asyncio", workers, signum) == without, mode


def test_c27_sigterm_with_uvloop_is_as_without_us() -> None:
    pytest.importorskip("uvloop", reason="uvloop is not installed")
    without = outcome("without", "async with", "uvloop", 0, SIGTERM)
    assert without.answer == ("200", "worked")
    for mode in MODES:
        assert outcome(mode, "async with", "uvloop", 0, SIGTERM) == without, mode
